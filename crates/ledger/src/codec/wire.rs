//! Wire structs, version 1: the fields of each kind in the order of their bytes.
//!
//! Nothing here may ever change: no field moved, added or retyped. A new field is a new version, beside this one.
//! Amounts are integers of 1e-8, rates of 1e-12, instants microseconds, UUIDs and hashes raw bytes.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

mod convert;

pub(super) use convert::{currency, instant};

/// Attributes as they are read.
pub(super) type Owned<'a> = Vec<(&'a str, &'a str)>;

#[derive(Serialize, Deserialize)]
pub(super) struct ContentV1<'a, B> {
    #[serde(borrow)]
    pub head: HeadV1<'a>,
    pub body: B,
}

#[derive(Serialize, Deserialize)]
pub(super) struct HeadV1<'a> {
    #[serde(borrow)]
    key: KeyV1<'a>,
    source: &'a str,
    file: Option<&'a str>,
    row: Option<u64>,
    recorded_by: &'a str,
    booked_at: Option<MomentV1>,
    zone: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
enum KeyV1<'a> {
    Uuid([u8; 16]),
    Named(&'a str),
    Content(u32),
}

#[derive(Serialize, Deserialize)]
struct MomentV1 {
    micros: i64,
    is_date: bool,
}

#[derive(Serialize, Deserialize)]
struct DenominationV1 {
    code: [u8; 3],
    given: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MovementV1<'a, A> {
    claim: ClaimV1,
    customer: &'a str,
    subscription: Option<&'a str>,
    effective_at: MomentV1,
    mrr: Option<i128>,
    mrr_before: Option<i128>,
    currency: Option<DenominationV1>,
    plan: Option<&'a str>,
    quantity: Option<i128>,
    attributes: A,
    #[serde(borrow)]
    replaces: Option<ReplacedV1<'a>>,
}

#[derive(Serialize, Deserialize)]
enum ClaimV1 {
    NewLogo,
    Upgrade,
    Downgrade,
    Churn,
    Reactivation,
    Change,
}

#[derive(Serialize, Deserialize)]
struct ReplacedV1<'a> {
    target: [u8; 16],
    reason: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct VoidV1<'a> {
    target: [u8; 16],
    reason: &'a str,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ProfileV1<'a, A> {
    customer: &'a str,
    effective_at: MomentV1,
    attributes: A,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MergeV1<'a> {
    customer: &'a str,
    into: &'a str,
}

#[derive(Serialize, Deserialize)]
pub(super) struct OneTimeV1<'a> {
    customer: &'a str,
    subscription: Option<&'a str>,
    effective_at: MomentV1,
    amount: i128,
    currency: DenominationV1,
    plan: Option<&'a str>,
    quantity: Option<i128>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct FxRateV1 {
    base: [u8; 3],
    quote: [u8; 3],
    rate: i128,
    effective_at: MomentV1,
}

#[derive(Serialize, Deserialize)]
pub(super) struct DefinitionV1<'a> {
    name: &'a str,
    version: u32,
    document: &'a str,
    hash: [u8; 32],
}

#[derive(Serialize, Deserialize)]
pub(super) struct CloseV1<'a> {
    name: &'a str,
    root: [u8; 32],
    definition: &'a str,
    version: u32,
    definition_hash: [u8; 32],
    zone: &'a str,
    fiscal_start: u8,
    period: Option<&'a str>,
    figures: Option<&'a str>,
    note: Option<&'a str>,
    prepared_by: &'a str,
    approved_by: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ImportV1<'a> {
    file: &'a str,
    bytes: u64,
    sha256: [u8; 32],
    format: &'a str,
    rules: &'a str,
    read: u64,
    recorded: u64,
    duplicates: u64,
    rejected: u64,
    positions: Option<(u64, u64)>,
}

/// Attributes as they are written: a sequence of pairs, without copying them first.
pub(super) struct Attributes<'a, S>(&'a [(S, S)]);

impl<S: AsRef<str>> Serialize for Attributes<'_, S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        let mut pairs = serializer.serialize_seq(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(name, value)| pairs.serialize_element(&(name.as_ref(), value.as_ref())))?;
        pairs.end()
    }
}
