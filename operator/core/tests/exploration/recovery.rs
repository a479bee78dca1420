//! `recovery::run` of the shell, one message after the other. What follows from the records the production table says.
use verdigris_core::fact::{Fact, Problem};
use verdigris_core::record::Record;
use verdigris_core::recovery::{Decision, decide, hardened};

use crate::call::{Call, Heard};
use crate::converge::{lines, route};
use crate::defects::Defect;
use crate::operator::{Flow, answer, row};
use crate::row::{Row, nonce, small};
use crate::server::{Answer, Statement};
use crate::table::{Told, count};
use crate::tasks::Claim;
use crate::world::{BLUE, Epoch, GREEN, World, index};

/// A recovery under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recovery {
    by: usize,
    pub abort: bool,
    stage: Stage,
    epoch: Epoch,
    /// Side that could not be reached.
    missing: Option<usize>,
    rounds: u8,
    blue: Option<Row>,
    green: Option<Row>,
    /// The row of the table that it acts on; none before one was decided.
    pub told: Option<Told>,
    /// What is said next.
    list: Vec<Call>,
    at: usize,
    /// Side that writes, once that is settled.
    pub writer: Option<usize>,
    /// Another claim at the end, as the reconciler does.
    claims_again: bool,
    defect: Option<Defect>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Stage {
    Connect(usize),
    Begun(usize),
    Claim(Claim),
    Read(usize),
    Proof(u8, usize),
    List,
    /// The last lines of a recovery with one side: it fails all the same.
    Alone,
    Again(Claim),
}

impl Recovery {
    pub fn new(by: usize, abort: bool, claims_again: bool, defect: Option<Defect>) -> Self {
        Self {
            by,
            abort,
            stage: Stage::Connect(BLUE),
            epoch: Epoch::default(),
            missing: None,
            rounds: 0,
            blue: None,
            green: None,
            told: None,
            list: Vec::new(),
            at: 0,
            writer: None,
            claims_again,
            defect,
        }
    }

    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub fn call(&self) -> Call {
        match &self.stage {
            Stage::Connect(at) => Call::Connect(*at),
            Stage::Begun(at) | Stage::Read(at) => Call::Record(*at),
            Stage::Claim(claim) | Stage::Again(claim) => claim.call(),
            Stage::Proof(nonce, at) => Call::Proof(*at, *nonce),
            Stage::List | Stage::Alone => self.list.get(self.at).copied().unwrap_or(Call::ReadService),
        }
    }

    pub fn hear(&mut self, heard: Heard, world: &World) -> Flow {
        match self.stage.clone() {
            Stage::Connect(at) => self.connected(at, answer(heard)),
            Stage::Begun(at) => self.read(heard, at, Stage::Begun(GREEN)),
            Stage::Read(at) => self.read(heard, at, Stage::Read(GREEN)),
            Stage::Claim(mut claim) => match claim.hear(answer(heard)) {
                Flow::Done(epoch) => {
                    self.epoch = epoch.unwrap_or_default();
                    self.stage = Stage::Read(self.missing.map_or(BLUE, |missing| 1 - missing));
                    Flow::Goes
                }
                other => {
                    self.stage = Stage::Claim(claim);
                    other
                }
            },
            Stage::Proof(..) => match answer(heard) {
                Answer::Yes(there) => self.settle(&Fact::Known(there)),
                _ => self.settle(&Fact::Unknown(gone())),
            },
            Stage::List => self.said(answer(heard), world),
            Stage::Alone => {
                self.at += 1;
                if answer(heard) == Answer::Done && self.at < self.list.len() { Flow::Goes } else { Flow::Failed }
            }
            Stage::Again(mut claim) => {
                let flow = claim.hear(answer(heard));
                self.stage = Stage::Again(claim);
                flow
            }
        }
    }

    fn connected(&mut self, at: usize, answer: Answer) -> Flow {
        if answer != Answer::Done {
            if self.missing.is_some() {
                return Flow::Failed;
            }
            self.missing = Some(at);
        }
        self.stage = match (at, self.missing) {
            (BLUE, _) => Stage::Connect(GREEN),
            (_, None) => Stage::Begun(BLUE),
            (_, Some(missing)) => Stage::Claim(Claim::connected(self.by, &[1 - missing])),
        };
        Flow::Goes
    }

    /// A record was read; after the second one something is decided.
    fn read(&mut self, heard: Heard, at: usize, next: Stage) -> Flow {
        let Some(row) = row(heard) else { return Flow::Failed };
        if at == BLUE {
            self.blue = row;
        } else {
            self.green = row;
        }
        if let Some(missing) = self.missing {
            return self.alone(missing);
        }
        if at == BLUE {
            self.stage = next;
            return Flow::Goes;
        }
        let (blue, green) = (self.record(BLUE), self.record(GREEN));
        if matches!(next, Stage::Begun(_)) {
            let decision = decide(&Fact::Known(blue), &Fact::Known(green), &Fact::Known(false), true);
            return match decision {
                Decision::NotBegun | Decision::Over => {
                    self.told = Some(count(&decision));
                    Flow::Failed
                }
                _ if self.defect == Some(Defect::RecoversWithoutEpoch) => {
                    // It takes what it finds for its own.
                    self.epoch = self.blue.map_or_else(Epoch::default, |row| row.epoch);
                    self.stage = Stage::Read(BLUE);
                    Flow::Goes
                }
                _ => {
                    self.stage = Stage::Claim(Claim::connected(self.by, &[BLUE, GREEN]));
                    Flow::Goes
                }
            };
        }
        match blue.zip(green).and_then(|(blue, green)| hardened(&blue, &green)) {
            Some(it) => {
                let nonce = nonce(it.nonce);
                self.stage = Stage::Proof(nonce, 1 - index(it.from));
                Flow::Goes
            }
            None => self.settle(&Fact::Known(false)),
        }
    }

    fn alone(&mut self, missing: usize) -> Flow {
        let known = |at: usize| if at == missing { Fact::Unknown(gone()) } else { Fact::Known(self.record(at)) };
        let decision = decide(&known(BLUE), &known(GREEN), &Fact::Unknown(gone()), self.abort);
        self.rounds += 1;
        self.told = Some(count(&decision));
        self.list = match decision {
            Decision::Route { to, .. } => route(index(to), self.epoch),
            _ if self.defect == Some(Defect::RecoversFromOneSide) => {
                vec![Call::Say(1 - missing, self.epoch, Statement::Reopen)]
            }
            _ => return Flow::Failed,
        };
        (self.stage, self.at) = (Stage::Alone, 0);
        Flow::Goes
    }

    fn settle(&mut self, proof: &Fact<bool>) -> Flow {
        let skipped = Fact::Known(true);
        let blind = self.defect == Some(Defect::NoProof);
        let proof = if blind { &skipped } else { proof };
        self.rounds += 1;
        let (blue, green) = (self.record(BLUE), self.record(GREEN));
        let decision = decide(&Fact::Known(blue.clone()), &Fact::Known(green.clone()), proof, self.abort);
        self.told = Some(count(&decision));
        if self.rounds > 4 {
            return Flow::Failed;
        }
        let say = |at: usize, statement| vec![Call::Say(at, self.epoch, statement)];
        self.list = match decision {
            Decision::Converge(writer) => {
                let writer = index(writer);
                let reader = if writer == BLUE { green } else { blue };
                self.writer = Some(writer);
                reader.map_or_else(Vec::new, |reader| lines(writer, &reader, self.epoch, self.defect))
            }
            Decision::GoForward(it) => {
                let nonce = nonce(it.nonce);
                let (turn, stream) = (small(it.turn), small(it.stream));
                let from = index(it.from);
                [vec![Call::Standbys(from)], say(1 - from, Statement::Open { nonce, turn, stream })].concat()
            }
            Decision::Reopen(side) => say(index(side), Statement::Reopen),
            Decision::CloseAndStall { side, .. } => say(index(side), Statement::Shut),
            _ => return Flow::Failed,
        };
        (self.stage, self.at) = (Stage::List, 0);
        Flow::Goes
    }

    /// A line was said.
    fn said(&mut self, answer: Answer, world: &World) -> Flow {
        let line = self.call();
        match (line, answer) {
            // The Service changed under us: it is read again.
            (Call::Apply(_), Answer::Busy) => {
                self.at -= 2;
                return Flow::Goes;
            }
            // 5b says no: back.
            (Call::Standbys(_), Answer::Refused) => {
                self.abort = true;
                (self.stage, self.told) = (Stage::Read(BLUE), None);
                return Flow::Goes;
            }
            (_, Answer::Done) => {}
            _ => return Flow::Failed,
        }
        self.at += 1;
        if self.at < self.list.len() {
            return Flow::Goes;
        }
        if self.writer.is_some() {
            if !self.claims_again {
                return Flow::Done(Some(self.epoch));
            }
            let recorded: Vec<usize> = [BLUE, GREEN].into_iter().filter(|at| world.servers[*at].now.recorded).collect();
            (self.stage, self.told) = (Stage::Again(Claim::new(self.by, &recorded)), None);
            return Flow::Goes;
        }
        (self.stage, self.told) = (Stage::Read(BLUE), None);
        Flow::Goes
    }

    fn record(&self, at: usize) -> Option<Record> {
        let row = if at == BLUE { self.blue } else { self.green };
        row.map(|row| row.record(at, false))
    }
}

fn gone() -> Problem {
    Problem::transient("Unreachable", "it cannot be reached")
}
