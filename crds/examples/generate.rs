//! Writes every generated file of the API: `cargo run -p verdigris-crds --example generate`.
use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (path, text) in verdigris_crds::generated::files()? {
        let path = root.join(path);
        fs::create_dir_all(path.parent().ok_or("no parent")?)?;
        fs::write(&path, text)?;
    }
    Ok(())
}
