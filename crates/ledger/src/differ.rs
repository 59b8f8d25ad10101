//! Which fields of two events differ, by the names that users know.

use std::collections::BTreeMap;

/// The native names of the fields in [`Event::given`](crate::Event::given) bytes, by tag.
const NAMES: &[(u8, &str)] = &[
    (0, "kind"),
    (1, "booked_at"),
    (2, "customer_id"),
    (3, "subscription_id"),
    (4, "effective_at"),
    (5, "mrr"),
    (6, "mrr_before"),
    (7, "currency"),
    (8, "plan"),
    (9, "quantity"),
    (10, "amount"),
    (11, "base"),
    (12, "quote"),
    (13, "rate"),
    (14, "voids"),
    (15, "reason"),
    (16, "into"),
    (30, "name"),
    (31, "version"),
    (32, "document"),
    (38, "period"),
    (39, "figures"),
    (43, "file"),
];
const ATTRIBUTE_NAME: u8 = 20;
const ATTRIBUTE_VALUE: u8 = 21;

/// The fields in which two events differ, from what they give; none if they give the same.
pub fn differing_fields(one: &[u8], other: &[u8]) -> Option<String> {
    if one == other {
        return None;
    }
    let (one, other) = (fields(one), fields(other));
    let names = one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name));
    let mut names: Vec<&str> = names.map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    Some(names.join(", "))
}

/// Every field with its bytes.
fn fields(mut given: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut fields: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut attribute = String::new();
    while let Some((tag, value, rest)) = field(given) {
        given = rest;
        let name = match tag {
            ATTRIBUTE_NAME => {
                attribute = format!("attr.{}", String::from_utf8_lossy(value));
                continue;
            }
            ATTRIBUTE_VALUE => attribute.clone(),
            _ => NAMES.iter().find(|(known, _)| *known == tag).map_or("content", |(_, name)| name).to_owned(),
        };
        fields.entry(name).or_default().extend_from_slice(value);
    }
    fields
}

fn field(given: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = given.split_first()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (value, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((*tag, value, rest))
}
