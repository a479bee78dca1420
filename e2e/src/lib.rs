//! The harness of the end-to-end tests: cluster, databases, ledger workload. Independent of the operator's code.
