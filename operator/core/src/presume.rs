//! What the end of a run, and a move of the Service outside a switchover, presume of both records. They are read again right before it,
//! for the look that decided it may be from before a close or an opening. Records are this run's only; `None`: there is none of ours.
use verdigris_crds::Side;

use crate::{fact::Fact, record::Record};

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

/// A Service that is moved to `to` presumes that clients can write there: its record says open; or it is released already, and the
/// other side closed or, where blue never lost the writer role, clean too. The version of the Service is read before the records: who
/// moves the writer after that moves the Service too, and a stale process meets a newer version.
///
/// # Errors
/// What is otherwise, or could not be seen, as a half sentence.
pub fn point(to: Side, record: &Fact<Option<Record>>, other: &Fact<Option<Record>>) -> Result<(), String> {
    match (seen(to, record)?, seen(to.other(), other)) {
        (Some(there), _) => open(there),
        (None, Ok(Some(other))) => closed(other),
        (None, Ok(None)) if to == Side::Blue => Ok(()),
        (None, Ok(None)) => Err("no side has a record of this run".into()),
        (None, Err(why)) => Err(why),
    }
}

fn seen(side: Side, record: &Fact<Option<Record>>) -> Result<Option<&Record>, String> {
    match record {
        Fact::Known(record) => Ok(record.as_ref()),
        Fact::Unknown(problem) => Err(format!("the record of {} could not be read ({})", side.lower(), problem.reason)),
    }
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
