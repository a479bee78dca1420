//! The small tasks of the shell: taking an epoch, pointing the Service, ending a run.
use verdigris_core::fact::Fact;
use verdigris_core::presume;

use crate::call::{Call, Heard};
use crate::defects::Defect;
use crate::operator::{Flow, answer, row};
use crate::row::Row;
use crate::server::{Answer, Statement};
use crate::world::{BLUE, Epoch, GREEN, side};

/// `claim`: sessions, the highest number of all sides, then the next one on each, blue first; then older sessions end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    pub holder: u8,
    sides: Vec<usize>,
    stage: Stage,
    at: usize,
    number: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stage {
    Connect,
    Highest,
    Take,
    EndOlder,
}

impl Claim {
    pub fn new(by: usize, sides: &[usize]) -> Self {
        let holder = u8::try_from(by + 1).unwrap_or(u8::MAX);
        Self { holder, sides: sides.to_vec(), stage: Stage::Connect, at: 0, number: 0 }
    }

    /// Every message of it, on one side.
    pub fn all(at: usize) -> Vec<Call> {
        let epoch = Epoch::default();
        vec![Call::Connect(at), Call::Highest(at), Call::Take(at, epoch), Call::EndOlder(at, epoch)]
    }

    /// The same on sessions that are there.
    pub fn connected(by: usize, sides: &[usize]) -> Self {
        Self { stage: Stage::Highest, ..Self::new(by, sides) }
    }

    pub fn epoch(&self) -> Epoch {
        Epoch { number: self.number + 1, holder: self.holder }
    }

    pub fn call(&self) -> Call {
        let at = self.sides[self.at];
        match self.stage {
            Stage::Connect => Call::Connect(at),
            Stage::Highest => Call::Highest(at),
            Stage::Take => Call::Take(at, self.epoch()),
            Stage::EndOlder => Call::EndOlder(at, self.epoch()),
        }
    }

    pub fn hear(&mut self, answer: Answer) -> Flow {
        match answer {
            Answer::Number(number) => self.number = self.number.max(number),
            Answer::Done => {}
            _ => return Flow::Failed,
        }
        self.at += 1;
        if self.at == self.sides.len() {
            self.at = 0;
            self.stage = match self.stage {
                Stage::Connect => Stage::Highest,
                Stage::Highest => Stage::Take,
                Stage::Take => Stage::EndOlder,
                Stage::EndOlder => {
                    // The call is not asked for any more.
                    return Flow::Done(Some(self.epoch()));
                }
            };
        }
        Flow::Goes
    }
}

/// The Service is moved outside a switchover: its version is read, then whether clients can write there still, then it is applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    to: usize,
    stage: u8,
    defect: Option<Defect>,
}

impl Point {
    pub fn new(to: usize, defect: Option<Defect>) -> Self {
        Self { to, stage: 0, defect }
    }

    /// Every message of it.
    pub fn all(to: usize) -> Vec<Call> {
        (0..=5).map(|stage| Self { to, stage, defect: None }.call()).collect()
    }

    pub fn call(&self) -> Call {
        match self.stage {
            0 => Call::ReadService,
            1 => Call::Connect(self.to),
            2 => Call::Record(self.to),
            3 => Call::Connect(1 - self.to),
            4 => Call::Record(1 - self.to),
            _ => Call::Apply(self.to),
        }
    }

    pub fn hear(&mut self, heard: Heard) -> Flow {
        if answer(heard) != Answer::Done {
            return Flow::Failed;
        }
        let made = |at: usize, row: Option<Row>| Fact::Known(row.map(|row| row.record(at, false)));
        match (self.stage, row(heard)) {
            (0, _) if self.defect == Some(Defect::PointsBlindly) => self.stage = 5,
            (2, Some(there)) if there.is_some() => {
                let open = presume::point(side(self.to), &made(self.to, there), &Fact::Known(None)).is_ok();
                self.stage = if open { 5 } else { return Flow::Failed };
            }
            (4, Some(other)) => {
                let open = presume::point(side(self.to), &made(self.to, None), &made(1 - self.to, other)).is_ok();
                self.stage = if open { 5 } else { return Flow::Failed };
            }
            (5, _) => return Flow::Done(None),
            _ => self.stage += 1,
        }
        Flow::Goes
    }
}

/// The end of a run: `Finish` where the writer moved, `Undo` where it never did.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ending {
    /// Side that writes.
    writer: usize,
    pub undo: bool,
    /// Sides that had a record when this was decided.
    recorded: Vec<usize>,
    claim: Option<Claim>,
    epoch: Epoch,
    /// Records read, as far as what is presumed of them goes.
    blue: Option<Option<Row>>,
    green: Option<Option<Row>>,
    at: u8,
    /// Green refused; blue is released all the same.
    refused: bool,
    defect: Option<Defect>,
}

impl Ending {
    pub fn new(by: usize, writer: usize, undo: bool, recorded: &[usize], defect: Option<Defect>) -> Self {
        let claim = (!recorded.is_empty()).then(|| Claim::new(by, recorded));
        Self {
            writer,
            undo,
            recorded: recorded.to_vec(),
            claim,
            epoch: Epoch::default(),
            blue: None,
            green: None,
            at: 0,
            refused: false,
            defect,
        }
    }

    /// Every message of it.
    pub fn all(undo: bool) -> Vec<Call> {
        [Claim::all(BLUE), Self::new(0, BLUE, undo, &[BLUE, GREEN], None).list()].concat()
    }

    /// The side that stays closed; it goes first.
    fn first(&self) -> usize {
        if self.undo { GREEN } else { 1 - self.writer }
    }

    fn list(&self) -> Vec<Call> {
        self.lists().concat()
    }

    /// What is said to the side that goes first, and to the other one.
    fn lists(&self) -> [Vec<Call>; 2] {
        let (first, second) = (self.first(), 1 - self.first());
        let say = |at: usize, statement| Call::Say(at, self.epoch, statement);
        let streams = |at| vec![say(at, Statement::SweepSubscriptions(None)), say(at, Statement::SweepSlots(None))];
        let release = |at| [streams(at), vec![say(at, Statement::Disarm), say(at, Statement::DropRecords)]].concat();
        let retire = [streams(first), vec![say(first, Statement::Tombstone)]].concat();
        let here = |at: usize, calls| if self.recorded.contains(&at) { calls } else { Vec::new() };
        let opens = self.undo && self.defect == Some(Defect::OpensUnusedGreen);
        let one = here(first, if opens { release(first) } else { retire });
        [one, here(second, release(second))]
    }

    pub fn call(&self) -> Call {
        if let Some(claim) = &self.claim {
            return claim.call();
        }
        if self.blue.is_none() {
            return Call::Record(BLUE);
        }
        if self.green.is_none() {
            return Call::Record(GREEN);
        }
        self.list().get(usize::from(self.at)).copied().unwrap_or(Call::ReadService)
    }

    pub fn hear(&mut self, heard: Heard) -> Flow {
        if let Some(claim) = &mut self.claim {
            return match claim.hear(answer(heard)) {
                Flow::Done(epoch) => {
                    self.epoch = epoch.unwrap_or_default();
                    self.claim = None;
                    // A side without a record is not asked.
                    (self.blue, self.green) = (self.blank(BLUE), self.blank(GREEN));
                    Flow::Goes
                }
                other => other,
            };
        }
        if let Some(seen) = row(heard) {
            if self.blue.is_none() {
                self.blue = Some(seen);
            } else {
                self.green = Some(seen);
            }
            return if self.green.is_some() && !self.holds() { Flow::Failed } else { Flow::Goes };
        }
        let [first, second] = self.lists();
        self.at += 1;
        if answer(heard) != Answer::Done {
            // A green that refuses keeps nothing on blue.
            if !self.undo || usize::from(self.at) > first.len() {
                return Flow::Failed;
            }
            (self.refused, self.at) = (true, u8::try_from(first.len()).unwrap_or(u8::MAX));
        }
        match usize::from(self.at) < first.len() + second.len() {
            true => Flow::Goes,
            false if self.refused => Flow::Failed,
            false => Flow::Done(Some(self.epoch)),
        }
    }

    #[allow(clippy::option_option, reason = "not read, and read: nothing there")]
    fn blank(&self, at: usize) -> Option<Option<Row>> {
        (!self.recorded.contains(&at)).then_some(None)
    }

    /// What the production code presumes, and whether each side is as it should be for what is done to it.
    fn holds(&self) -> bool {
        if self.defect == Some(Defect::EndsWithoutLooking) {
            return true;
        }
        let make = |at: usize, seen: Option<Option<Row>>| seen.flatten().map(|row| row.record(at, false));
        let (blue, green) = (make(BLUE, self.blue), make(GREEN, self.green));
        if self.undo {
            return presume::undo(blue.as_ref(), green.as_ref()).is_ok();
        }
        presume::finish(side(self.writer), blue.as_ref(), green.as_ref()).is_ok()
    }
}
