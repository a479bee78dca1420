//! Sizes as the API writes them (`20Gi`, `1500M`, `4096`) as numbers of bytes. The schema refuses everything else.
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// Units that a size may have, and their bytes.
const UNITS: &[(&str, i128)] = &[
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("Pi", 1 << 50),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
];

/// Bytes of a size, rounded down. `None` if it is not one of the forms of the API or does not fit.
#[must_use]
pub fn bytes(quantity: &Quantity) -> Option<i64> {
    let text = quantity.0.as_str();
    let (number, unit) = UNITS
        .iter()
        .find_map(|(suffix, unit)| text.strip_suffix(suffix).map(|number| (number, *unit)))
        .unwrap_or((text, 1));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.len() <= 19 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let scaled = whole.parse::<i128>().ok()?.checked_mul(scale)?.checked_add(fraction.parse::<i128>().ok()?)?;
    i64::try_from(scaled.checked_mul(unit)?.checked_div(scale)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes() {
        let of = |text: &str| bytes(&Quantity(text.into()));
        assert_eq!(of("1Mi"), Some(1_048_576));
        assert_eq!(of("1.5Gi"), Some(1_610_612_736));
        assert_eq!(of("20G"), Some(20_000_000_000));
        assert_eq!(of("4096"), Some(4096));
        assert_eq!(of("0.5Ki"), Some(512));
        assert_eq!(of("1Pi"), Some(1 << 50));
        for wrong in ["", "Gi", "-1", "1e3", "100m", "1 Gi", ".5Gi", "1.Gi", "99999999999999999999", "9999999999999Pi"]
        {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
