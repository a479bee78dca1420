//! Ceilings of sequences: how far `to` must lead `from`, and what it is set to when it does not.
use std::collections::HashMap;

/// A sequence as one side has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Last value given out; `None`: none yet.
    pub last: Option<i64>,
    /// The next value where none was given out yet, else the first.
    pub start: i64,
    /// How far ahead a ceiling is: increment × max(1000, 10 × cache). Negative for a descending one.
    pub lead: i64,
    /// Lowest value.
    pub low: i64,
    /// Highest value.
    pub high: i64,
}

/// Share of the lead that must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Before the hold.
    Whole,
    /// In the hold: some of it was used since.
    Half,
}

/// The sequences of `to` that do not lead those of `from` by their share, with the value to set: schema, name, value. One
/// that `to` lacks is left out: nothing there can collide. A last value of NULL leads nothing.
pub fn behind(from: &[Sequence], to: &[Sequence], share: Share) -> Vec<(String, String, i64)> {
    let there: HashMap<(&str, &str), &Sequence> =
        to.iter().map(|sequence| ((sequence.schema.as_str(), sequence.name.as_str()), sequence)).collect();
    let mut late = Vec::new();
    for sequence in from {
        let Some(other) = there.get(&(sequence.schema.as_str(), sequence.name.as_str())) else { continue };
        let base = sequence.last.unwrap_or(sequence.start);
        let clip = |lead: i64| base.saturating_add(lead).clamp(other.low, other.high);
        let (need, ceiling) = match share {
            Share::Whole => (clip(sequence.lead), clip(sequence.lead)),
            Share::Half => (clip(sequence.lead / 2), clip(sequence.lead)),
        };
        let rising = sequence.lead > 0;
        match other.last {
            Some(last) if (rising && last >= need) || (!rising && last <= need) => {}
            Some(last) => {
                let value = if rising { ceiling.max(last) } else { ceiling.min(last) };
                late.push((sequence.schema.clone(), sequence.name.clone(), value));
            }
            None => late.push((sequence.schema.clone(), sequence.name.clone(), ceiling)),
        }
    }
    late
}

/// The sequences of `from` that have passed what `to` started from: numbers that both sides may have given out.
pub fn passed(from: &[Sequence], ceilings: &[Sequence]) -> Vec<String> {
    let there: HashMap<(&str, &str), &Sequence> =
        ceilings.iter().map(|sequence| ((sequence.schema.as_str(), sequence.name.as_str()), sequence)).collect();
    from.iter()
        .filter(|sequence| {
            let ceiling = there.get(&(sequence.schema.as_str(), sequence.name.as_str())).and_then(|other| other.last);
            match (sequence.last, ceiling) {
                (Some(last), Some(ceiling)) if sequence.lead > 0 => last > ceiling,
                (Some(last), Some(ceiling)) => last < ceiling,
                _ => false,
            }
        })
        .map(|sequence| format!("{}.{}", sequence.schema, sequence.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(last: Option<i64>, lead: i64) -> Sequence {
        Sequence { schema: "s".into(), name: "q".into(), last, start: 1, lead, low: -9_000, high: 32_767 }
    }

    fn value(from: Sequence, to: Sequence, share: Share) -> Option<i64> {
        behind(&[from], &[to], share).first().map(|(_, _, value)| *value)
    }

    #[test]
    fn leads_by_its_share() {
        assert_eq!(value(sequence(Some(10), 1000), sequence(Some(10), 1000), Share::Whole), Some(1010));
        assert_eq!(value(sequence(Some(500), 1000), sequence(Some(1010), 1000), Share::Half), None);
        assert_eq!(value(sequence(Some(511), 1000), sequence(Some(1010), 1000), Share::Half), Some(1511));
    }

    #[test]
    fn null_leads_nothing_and_a_reset_sequence_is_seen() {
        assert_eq!(value(sequence(None, 1000), sequence(None, 1000), Share::Half), Some(1001));
        assert_eq!(value(sequence(Some(5), 1000), sequence(Some(5), 1000), Share::Half), Some(1005));
    }

    #[test]
    fn descends_and_never_leaves_its_bounds() {
        assert_eq!(value(sequence(Some(-10), -1000), sequence(Some(-10), -1000), Share::Whole), Some(-1010));
        assert_eq!(value(sequence(Some(32_000), 1000), sequence(Some(1), 1000), Share::Whole), Some(32_767));
        assert_eq!(value(sequence(Some(i64::MAX), i64::MAX), sequence(Some(1), 1), Share::Whole), Some(32_767));
        assert_eq!(value(sequence(Some(i64::MIN), -i64::MAX), sequence(None, 1), Share::Whole), Some(-9_000));
    }

    #[test]
    fn tells_which_passed_the_ceiling() {
        assert_eq!(passed(&[sequence(Some(11), 1)], &[sequence(Some(10), 1)]), ["s.q"]);
        assert!(passed(&[sequence(Some(10), 1)], &[sequence(Some(10), 1)]).is_empty());
        assert_eq!(passed(&[sequence(Some(-11), -1)], &[sequence(Some(-10), -1)]), ["s.q"]);
    }
}
