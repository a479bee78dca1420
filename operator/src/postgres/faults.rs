//! Fault points: a hook after every step of the switchover, and between sending and reading an answer, so that tests can
//! end or freeze the operator there. In production it does nothing.
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use verdigris_core::fact::Problem;
use verdigris_core::switchover::Step;

/// When in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// The statement is sent, its answer not read.
    Sent,
    /// The step is done.
    Done,
}

/// A fault point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// Step.
    pub step: Step,
    /// When in it.
    pub when: When,
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.step.as_str())?;
        if self.when == When::Sent { f.write_str(".sent") } else { Ok(()) }
    }
}

impl Point {
    /// From its name: `close`, `close.sent`.
    pub fn parse(text: &str) -> Option<Self> {
        let (step, when) = match text.strip_suffix(".sent") {
            Some(step) => (step, When::Sent),
            None => (text, When::Done),
        };
        Some(Self { step: Step::parse(step)?, when })
    }
}

/// Steps that are one message each: a fault can strike between sending it and reading the answer.
const SENT: [Step; 9] = [
    Step::Hold,
    Step::Marker,
    Step::Proof,
    Step::Close,
    Step::Open,
    Step::ReadOnly,
    Step::EndSessions,
    Step::Reverse,
    Step::DropForward,
];

/// Every fault point that a switchover without incident reaches, in order.
pub fn points() -> Vec<Point> {
    let mut points = Vec::new();
    for step in Step::ALL.iter().copied().filter(|step| *step != Step::Reopen) {
        if SENT.contains(&step) {
            points.push(Point { step, when: When::Sent });
        }
        points.push(Point { step, when: When::Done });
    }
    points
}

/// The hook.
pub trait Faults: Send + Sync {
    /// Whether anything happens at that point.
    fn armed(&self, point: Point) -> bool;
    /// Happens there. An error makes the step fail as if the server had refused it.
    fn hit(&self, point: Point) -> BoxFuture<'_, Result<(), Problem>>;
}

/// No faults.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFaults;

impl Faults for NoFaults {
    fn armed(&self, _: Point) -> bool {
        false
    }

    fn hit(&self, _: Point) -> BoxFuture<'_, Result<(), Problem>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// What `VERDIGRIS_FAULT` does to this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Exit,
    Stop,
}

/// Ends or freezes this process at one point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessFault {
    point: Point,
    effect: Effect,
}

impl ProcessFault {
    /// From `<step>[.sent]:<exit|stop>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (point, effect) = text.split_once(':')?;
        let effect = match effect {
            "exit" => Effect::Exit,
            "stop" => Effect::Stop,
            _ => return None,
        };
        Some(Self { point: Point::parse(point)?, effect })
    }
}

/// A process that went on after its fault meets the point again when it tries anew: once is enough.
static STRUCK: AtomicBool = AtomicBool::new(false);

impl Faults for ProcessFault {
    fn armed(&self, point: Point) -> bool {
        self.point == point && !STRUCK.load(Ordering::Relaxed)
    }

    fn hit(&self, point: Point) -> BoxFuture<'_, Result<(), Problem>> {
        STRUCK.store(true, Ordering::Relaxed);
        tracing::warn!(%point, effect = ?self.effect, "fault");
        if self.effect == Effect::Exit {
            std::process::exit(137);
        }
        // The shell of the image sends the signal: a process that is stopped keeps its connections, as a frozen one does.
        let stop = format!("kill -STOP {}", std::process::id());
        let _ = std::process::Command::new("sh").args(["-c", &stop]).status();
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Faults from `VERDIGRIS_FAULT`. Only for a binary started with `--test-faults`; an unknown value is an error.
pub fn from_env() -> Result<Box<dyn Faults>, String> {
    match std::env::var("VERDIGRIS_FAULT") {
        Err(_) => Ok(Box::new(NoFaults)),
        Ok(text) if text.is_empty() => Ok(Box::new(NoFaults)),
        Ok(text) => match ProcessFault::parse(&text) {
            Some(fault) => Ok(Box::new(fault)),
            None => Err(format!("VERDIGRIS_FAULT={text} is not <step>[.sent]:<exit|stop>")),
        },
    }
}
