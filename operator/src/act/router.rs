//! The Service as the switchover sees it: read a version, apply the selector with that version, wait until it holds.
