//! Rules of single values and of how fields fit together. Each message says what is wrong and what to do.
use kube::core::{Message, Rule};

/// A size in bytes: at least one, at most 1Pi.
pub fn size(field: &str) -> Rule {
    Rule::new(
        "string(self).matches('^[0-9]{1,19}([.][0-9]{1,3})?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$') \
         && quantity(string(self)).compareTo(quantity('1')) >= 0 && quantity(string(self)).compareTo(quantity('1Pi')) <= 0",
    )
    .message(Message::Message(format!("{field} must be a size in bytes such as 20Gi, 512Mi or 4096, more than 0 and at most 1Pi")))
}

/// Labels that Kubernetes accepts, at least one.
pub fn labels(field: &str) -> Rule {
    Rule::new(
        "size(self) > 0 && self.all(k, !format.qualifiedName().validate(k).hasValue() \
         && !format.labelValue().validate(self[k]).hasValue())",
    )
    .message(Message::Message(format!(
        "{field} must hold at least one label, each with a name and value that Kubernetes accepts, such as app: orders-db"
    )))
}

/// A name that PostgreSQL can hold.
pub fn identifier(field: &str) -> Rule {
    Rule::new("size(bytes(self)) <= 63 && !self.contains('\\u0000')").message(Message::Message(format!(
        "{field} must be at most 63 bytes without a zero byte: PostgreSQL has no longer names"
    )))
}

/// Names of server settings.
pub fn parameters() -> Rule {
    Rule::new("self.all(k, k.matches('^[A-Za-z_][A-Za-z0-9_.]{0,62}$'))").message(
        "green.provision.statefulSet.parameters must be named as in postgresql.conf, such as shared_buffers or my_extension.setting",
    )
}

/// No pod can be both sides (I8).
pub fn disjoint() -> Rule {
    Rule::new(
        "!has(self.blue.selector) || self.green.selector.exists(k, k in self.blue.selector && self.blue.selector[k] != self.green.selector[k])",
    )
    .message(
        "green.selector and blue.selector must give one label different values, or a pod could be both: for example app: orders-db and app: orders-db-green",
    )
    .field_path(".green.selector")
}

/// An approval means something only where somebody is asked.
pub fn approval() -> Rule {
    Rule::new("self.policy != 'Automatic' || !has(self.approvedPlan)")
        .message("cutover.approvedPlan has no effect with policy Automatic: remove it, or set policy to Manual")
        .field_path(".approvedPlan")
}

/// Names that are made from the object's must be names of Services.
pub fn name() -> Rule {
    Rule::new("self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')").message(
        "metadata.name must be at most 40 lowercase letters, digits and '-', begin with a letter and not end with '-': names of Services and Jobs are made from it",
    )
}

/// The Services per side are ours; the client Service is the user's.
pub fn service_is_not_ours() -> Rule {
    Rule::new(
        "self.spec.service.name != self.metadata.name + '-blue' && self.spec.service.name != self.metadata.name + '-green'",
    )
    .message(
        "spec.service.name must not be metadata.name with -blue or -green: the operator makes Services of these names; give this object another name",
    )
    .field_path(".spec.service.name")
}

/// Green is another StatefulSet than blue.
pub fn green_is_not_blue() -> Rule {
    Rule::new(
        "!has(self.spec.green.provision) || (has(self.spec.green.provision.statefulSet.name) ? self.spec.green.provision.statefulSet.name : self.metadata.name + '-green') != self.spec.blue.workload.name",
    )
    .message(
        "green would be made under the name of blue's StatefulSet: set spec.green.provision.statefulSet.name to another name (default: metadata.name with -green)",
    )
    .field_path(".spec.green.provision.statefulSet")
}
