//! A double of PgBouncer's admin console: the simple protocol, answers as text, and a client that is told nothing once it is silent.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use verdigris::postgres::connect::Secret;
use verdigris::postgres::pooler::Pod;

/// Columns, and rows of as many values.
pub type Answer = (Vec<&'static str>, Vec<Vec<&'static str>>);

/// What it answers to which command; to any other it says nothing at all, as a process that hangs.
#[derive(Clone, Default)]
pub struct Console {
    pub answers: Arc<Mutex<BTreeMap<&'static str, Answer>>>,
    pub said: Arc<Mutex<Vec<String>>>,
    /// It accepts connections, and answers not even who asks to log in.
    pub silent: bool,
}

impl Console {
    pub fn answering(answers: &[(&'static str, Answer)]) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.iter().cloned().collect())), ..Self::default() }
    }

    /// It listens on loopback until the test ends.
    pub async fn listen(&self) -> Pod {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let me = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let me = me.clone();
                // A client that leaves ends its session.
                tokio::spawn(async move { me.session(stream).await.unwrap_or_default() });
            }
        });
        let (name, host, user, password) =
            ("orders-pooler-0".into(), "127.0.0.1".into(), "admin".into(), Secret::new("x"));
        Pod { ending: false, name, host, port, user, password }
    }

    async fn session(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let length = stream.read_u32().await?;
        stream.read_exact(&mut vec![0; length as usize - 4]).await?;
        if self.silent {
            return std::future::pending().await;
        }
        stream.write_all(&[message(b'R', &[0; 4]), message(b'Z', b"I")].concat()).await?;
        loop {
            let kind = stream.read_u8().await?;
            let mut body = vec![0; stream.read_u32().await? as usize - 4];
            stream.read_exact(&mut body).await?;
            if kind != b'Q' {
                return Ok(());
            }
            let said = String::from_utf8_lossy(&body).trim_end_matches('\0').to_owned();
            let answer = self.answers.lock().unwrap().get(said.as_str()).cloned();
            self.said.lock().unwrap().push(said);
            match answer {
                Some(answer) => stream.write_all(&rows(&answer)).await?,
                None => return std::future::pending().await,
            }
        }
    }
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind][..], &length.to_be_bytes(), body].concat()
}

fn rows((columns, rows): &Answer) -> Vec<u8> {
    let count = u16::try_from(columns.len()).unwrap().to_be_bytes();
    // Name, no table, text, any length, no modifier, in text.
    let column = |name: &&str| [name.as_bytes(), &[0; 7], &25_u32.to_be_bytes(), &[255; 6], &[0; 2]].concat();
    let value = |text: &&str| [&u32::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat();
    let mut all = message(b'T', &[&count[..], &columns.iter().flat_map(column).collect::<Vec<_>>()].concat());
    for row in rows {
        all.extend(message(b'D', &[&count[..], &row.iter().flat_map(value).collect::<Vec<_>>()].concat()));
    }
    [all, message(b'C', b"SHOW\0"), message(b'Z', b"I")].concat()
}
