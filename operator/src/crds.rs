//! `verdigris crds`: the CustomResourceDefinition as the chart installs it.

/// The definition as one YAML document, for `kubectl apply -f -`.
///
/// # Errors
/// When it cannot be written as YAML.
pub fn definition() -> Result<String, verdigris_crds::yaml::Error> {
    verdigris_crds::yaml::to_string(&verdigris_crds::crd())
}
