//! What the end of a run presumes of both records. They are read again under a fresh epoch, for the look that decided it may be
//! from before a close or an opening. Records are this run's only; `None`: there is none of ours.
use verdigris_crds::Side;

use crate::record::Record;

/// `Undo` presumes that blue is open by record and flag, and that green was not opened beside it.
///
/// # Errors
/// What is otherwise, as a half sentence.
pub fn undo(blue: Option<&Record>, green: Option<&Record>) -> Result<(), String> {
    let Some(blue) = blue else { return Ok(()) };
    open(blue)?;
    green.map_or(Ok(()), closed)
}

/// `Finish` presumes that the writer is open by record and flag, or released already, and that the other side is closed.
///
/// # Errors
/// What is otherwise, as a half sentence.
pub fn finish(writer: Side, blue: Option<&Record>, green: Option<&Record>) -> Result<(), String> {
    let (serving, other) = if writer == Side::Blue { (blue, green) } else { (green, blue) };
    match (serving, other) {
        (Some(serving), _) => open(serving)?,
        (None, Some(other)) if other.tombstone.is_none() => {
            return Err(format!("{writer} has no record of this run while {} has one", other.side));
        }
        (None, _) => {}
    }
    other.map_or(Ok(()), closed)
}

fn open(record: &Record) -> Result<(), String> {
    match record.is_closed() {
        Some(false) => Ok(()),
        Some(true) => Err(format!("{} is closed", record.side)),
        None => Err(drift(record)),
    }
}

fn closed(record: &Record) -> Result<(), String> {
    match record.is_closed() {
        Some(true) => Ok(()),
        Some(false) => Err(format!("{} is open", record.side)),
        None => Err(drift(record)),
    }
}

fn drift(record: &Record) -> String {
    format!("the closed flag and verdigris.state of {} differ", record.side)
}
