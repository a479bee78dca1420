//! Generated files are those that the types of today make.
use std::{fs, path::Path};

#[test]
fn generated_files_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (path, text) in verdigris_crds::generated::files().unwrap() {
        let found = fs::read_to_string(root.join(path)).unwrap_or_default();
        assert!(found == text, "{path} is not what crds/src says: run `make generate`");
    }
}
