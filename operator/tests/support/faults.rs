//! Faults of tests: the operator dies, freezes, or is refused at one point.
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use tokio::sync::Notify;
use verdigris::postgres::faults::{Faults, Point};
use verdigris_core::fact::Problem;

/// Stops at a point, says so, and goes on only when told to. Dropping the attempt there is a kill.
#[derive(Debug)]
pub struct StopAt {
    point: Point,
    pub reached: Notify,
    pub resume: Notify,
    spent: AtomicBool,
}

impl StopAt {
    pub fn new(point: &str) -> Self {
        let point = Point::parse(point).expect("a fault point");
        Self { point, reached: Notify::new(), resume: Notify::new(), spent: AtomicBool::new(false) }
    }
}

impl Faults for StopAt {
    fn armed(&self, point: Point) -> bool {
        self.point == point && !self.spent.load(Ordering::SeqCst)
    }

    fn hit(&self, _: Point) -> BoxFuture<'_, Result<(), Problem>> {
        self.spent.store(true, Ordering::SeqCst);
        Box::pin(async move {
            self.reached.notify_one();
            self.resume.notified().await;
            Ok(())
        })
    }
}

/// A step is refused.
#[derive(Debug)]
pub struct RefuseAt(pub Point);

impl RefuseAt {
    pub fn new(point: &str) -> Self {
        Self(Point::parse(point).expect("a fault point"))
    }
}

impl Faults for RefuseAt {
    fn armed(&self, point: Point) -> bool {
        self.0 == point
    }

    fn hit(&self, _: Point) -> BoxFuture<'_, Result<(), Problem>> {
        Box::pin(std::future::ready(Err(Problem::transient("Injected", "injected by a test"))))
    }
}
