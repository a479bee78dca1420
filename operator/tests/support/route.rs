//! The Service, as the database side sees it: a target, a version, and refusal of stale changes.
use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use verdigris::postgres::router::{RouteError, Router, Version};
use verdigris_core::fact::Problem;
use verdigris_crds::Side;

#[derive(Debug)]
pub struct Route {
    state: Mutex<(u64, Side)>,
    paused: AtomicBool,
    /// Server processes with which clients of poolers are in a transaction, how often that was asked, and how often they were held.
    pub busy: Mutex<Vec<i32>>,
    pub asked: AtomicUsize,
    pub pauses: AtomicUsize,
    /// Why nothing can be told to a pooler.
    pub refuses: Mutex<Option<Problem>>,
}

impl Route {
    pub fn new(to: Side) -> Self {
        Self {
            state: Mutex::new((1, to)),
            paused: AtomicBool::new(false),
            busy: Mutex::default(),
            asked: AtomicUsize::new(0),
            pauses: AtomicUsize::new(0),
            refuses: Mutex::default(),
        }
    }

    /// Where a new connection goes.
    pub fn to(&self) -> Side {
        self.state.lock().unwrap().1
    }

    /// Whether poolers hold their clients.
    pub fn paused(&self) -> bool {
        self.paused.load(Ordering::SeqCst)
    }

    /// Somebody else changes the Service.
    pub fn touch(&self) {
        self.state.lock().unwrap().0 += 1;
    }
}

impl Router for Route {
    fn read(&self) -> impl Future<Output = Result<Version, RouteError>> + Send {
        std::future::ready(Ok(Version(self.state.lock().unwrap().0.to_string())))
    }

    fn apply(&self, version: &Version, to: Side) -> impl Future<Output = Result<(), RouteError>> + Send {
        let mut state = self.state.lock().unwrap();
        let same = version.0 == state.0.to_string();
        if same {
            *state = (state.0 + 1, to);
        }
        std::future::ready(if same { Ok(()) } else { Err(RouteError::Conflict) })
    }

    fn ready(&self) -> impl Future<Output = Result<(), RouteError>> + Send {
        let refuses = self.refuses.lock().unwrap().clone();
        std::future::ready(refuses.map_or(Ok(()), |problem| Err(RouteError::Failed(problem))))
    }

    fn busy(&self) -> impl Future<Output = Result<Vec<i32>, RouteError>> + Send {
        self.asked.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(self.busy.lock().unwrap().clone()))
    }

    fn pause(&self, _: Duration) -> impl Future<Output = Result<(), RouteError>> + Send {
        self.paused.store(true, Ordering::SeqCst);
        self.pauses.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(()))
    }

    fn resume(&self) -> impl Future<Output = Result<(), RouteError>> + Send {
        self.paused.store(false, Ordering::SeqCst);
        std::future::ready(Ok(()))
    }

    fn settled(&self, _: Side, _: Duration) -> impl Future<Output = Result<(), RouteError>> + Send {
        std::future::ready(Ok(()))
    }
}
