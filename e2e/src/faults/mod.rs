//! The fault matrix: at each point of a switchover each thing goes wrong that can, on a real cluster under load; after each the run must
//! end or wait for a human with a reason, with exactly one writer, a status that says so, and nothing lost or left over.
//!
//! Rows are the fault points as the program names them, so that a new step has a row at once; columns are [`Fault::ALL`].
mod inject;
mod lane;
mod rest;
mod run;
mod table;
mod truth;

use std::fmt;

pub use lane::Lane;
pub use run::{Options, Told, Totals, run, soak};
pub use table::{Outcome, Row, markdown, tsv};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The operator's process is killed; another one takes over.
    OperatorKilled,
    /// It freezes until its Lease has run out, another one takes over, and then it goes on.
    OperatorFrozen,
    /// Blue's server crashes.
    BlueCrashed,
    /// Green's server crashes.
    GreenCrashed,
    /// The kubelet stands still.
    KubeletFrozen,
    /// The API server stands still.
    ApiServerFrozen,
    /// kube-proxy stands still, so that routes are stale.
    KubeProxyFrozen,
    /// No packet between blue and green.
    SidesCut,
    /// No packet from the operator to blue.
    OperatorFromBlue,
    /// No packet from the operator to green.
    OperatorFromGreen,
    /// Another manager points the Service at the other side.
    SelectorMoved,
    /// The superuser's password changes, in the databases and in the Secret.
    SecretRotated,
    /// The object is deleted.
    Deleted,
    /// The run is suspended.
    Suspended,
    /// The wish is taken back: the approval on the way there, `writer: Blue` on the way back.
    WishTakenBack,
}

impl Fault {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 15] = [
        Self::OperatorKilled,
        Self::OperatorFrozen,
        Self::BlueCrashed,
        Self::GreenCrashed,
        Self::KubeletFrozen,
        Self::ApiServerFrozen,
        Self::KubeProxyFrozen,
        Self::SidesCut,
        Self::OperatorFromBlue,
        Self::OperatorFromGreen,
        Self::SelectorMoved,
        Self::SecretRotated,
        Self::Deleted,
        Self::Suspended,
        Self::WishTakenBack,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OperatorKilled => "operator killed",
            Self::OperatorFrozen => "operator frozen",
            Self::BlueCrashed => "blue crashes",
            Self::GreenCrashed => "green crashes",
            Self::KubeletFrozen => "kubelet frozen",
            Self::ApiServerFrozen => "API server frozen",
            Self::KubeProxyFrozen => "kube-proxy frozen",
            Self::SidesCut => "blue and green cut off",
            Self::OperatorFromBlue => "operator cut off from blue",
            Self::OperatorFromGreen => "operator cut off from green",
            Self::SelectorMoved => "selector moved",
            Self::SecretRotated => "Secret rotated",
            Self::Deleted => "object deleted",
            Self::Suspended => "suspended",
            Self::WishTakenBack => "wish taken back",
        }
    }

    /// By its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == name)
    }

    /// Whether something stands still or is cut off until it is mended.
    pub fn lasts(self) -> bool {
        self.strikes_the_node() || matches!(self, Self::SidesCut | Self::OperatorFromBlue | Self::OperatorFromGreen)
    }

    /// Whether everything on the node feels it: then it is made in one lane at a time.
    pub fn strikes_the_node(self) -> bool {
        matches!(self, Self::KubeletFrozen | Self::ApiServerFrozen | Self::KubeProxyFrozen)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One cell of the matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Fault point, such as `close` or `close.sent`.
    pub point: String,
    /// What goes wrong there.
    pub fault: Fault,
}

/// Points that are met only where a pooler is in the path.
pub fn needs_a_pooler(point: &str) -> bool {
    point.ends_with("-poolers")
}

/// Every cell, row by row, but for those that need a pooler in the path.
pub fn cells(points: &[String]) -> Vec<Cell> {
    let rows = points.iter().filter(|point| !needs_a_pooler(point));
    rows.flat_map(|point| Fault::ALL.into_iter().map(|fault| Cell { point: point.clone(), fault })).collect()
}
