//! A tokio-postgres session in walsender mode: the transport adds `replication=database` to the one StartupMessage that
//! goes over it, and is transparent afterwards. Everything else stays the driver's.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BufMut, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Version 3.0 of the protocol, as the StartupMessage carries it.
const VERSION: u32 = 196_608;
const EXTRA: &[u8] = b"replication\0database\0";

/// Holds back bytes until the whole StartupMessage is there, then sends it with one parameter more.
#[derive(Debug)]
pub struct Startup<S> {
    inner: S,
    buffer: BytesMut,
    state: State,
}

#[derive(Debug)]
enum State {
    Collect,
    Drain,
    Pass,
}

impl<S> Startup<S> {
    /// Around a socket on which nothing has been sent.
    pub fn new(inner: S) -> Self {
        Self { inner, buffer: BytesMut::new(), state: State::Collect }
    }
}

/// The message with our parameter before its closing zero; `None` while it is not complete.
fn rewrite(message: &[u8]) -> io::Result<Option<BytesMut>> {
    let Some(mut head) = message.get(..8) else { return Ok(None) };
    let (length, version) = (head.get_u32() as usize, head.get_u32());
    if version != VERSION || message.len() > length {
        return Err(io::Error::other("not one StartupMessage"));
    }
    let Some(body) = message.get(4..length.saturating_sub(1)).filter(|_| message.len() == length) else {
        return Ok(None);
    };
    let total = u32::try_from(length + EXTRA.len()).map_err(io::Error::other)?;
    let mut out = BytesMut::with_capacity(length + EXTRA.len());
    out.put_u32(total);
    out.put_slice(body);
    out.put_slice(EXTRA);
    out.put_u8(0);
    Ok(Some(out))
}

impl<S: AsyncWrite + Unpin> Startup<S> {
    fn drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.buffer.is_empty() {
            let sent = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.buffer))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.buffer.advance(sent);
        }
        self.state = State::Pass;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Startup<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let me = &mut *self;
        if matches!(me.state, State::Drain) {
            ready!(me.drain(cx))?;
        }
        if matches!(me.state, State::Pass) {
            return Pin::new(&mut me.inner).poll_write(cx, bytes);
        }
        me.buffer.extend_from_slice(bytes);
        if let Some(message) = rewrite(&me.buffer)? {
            me.buffer = message;
            me.state = State::Drain;
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(self.state, State::Drain) {
            ready!(self.drain(cx))?;
        }
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Startup<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_startup_message_gains_one_parameter() {
        let mut message = BytesMut::new();
        message.put_u32(4 + 4 + 7 + 1);
        message.put_u32(VERSION);
        message.put_slice(b"user\0a\0\0");
        for cut in 0..message.len() {
            assert!(rewrite(&message[..cut]).unwrap().is_none(), "at {cut}");
        }
        let out = rewrite(&message).unwrap().unwrap();
        assert_eq!(&out[..4], u32::try_from(out.len()).unwrap().to_be_bytes());
        assert!(out.ends_with(b"user\0a\0replication\0database\0\0"));
        message.put_u8(0);
        assert!(rewrite(&message).is_err());
    }
}
