//! Columns of values that most rows may lack: dense, sparse or one value for all.

use rayon::prelude::*;

use crate::moves::Moves;

/// A value per row; rows without one have `T::default()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column<T> {
    /// The same value in the first so many rows.
    Uniform(T, u32),
    /// A value for every row up to the last one that has one.
    Dense(Vec<T>),
    /// The rows that have one, ascending, and their values.
    Sparse(Vec<u32>, Vec<T>),
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self::Sparse(Vec::new(), Vec::new())
    }
}

impl<T: Copy + Default + PartialEq + Send + Sync> Column<T> {
    pub(crate) fn at(&self, row: u32) -> T {
        match self {
            Self::Uniform(value, rows) if row < *rows => *value,
            Self::Uniform(..) => T::default(),
            Self::Dense(values) => values.get(row as usize).copied().unwrap_or_default(),
            Self::Sparse(rows, values) => rows.binary_search(&row).map(|at| values[at]).unwrap_or_default(),
        }
    }

    /// Whether no row has a value.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self, Self::Sparse(rows, _) if rows.is_empty())
    }

    /// The last row of a range that has a value and fulfils a condition.
    pub(crate) fn last_in(&self, range: std::ops::Range<u32>, accept: impl Fn(u32) -> bool) -> Option<(u32, T)> {
        let given = |row: &u32| self.at(*row) != T::default();
        match self {
            Self::Sparse(rows, values) => {
                let from = rows.partition_point(|row| *row < range.start);
                let to = from + rows[from..].partition_point(|row| *row < range.end);
                (from..to).rev().find(|at| accept(rows[*at])).map(|at| (rows[at], values[at]))
            }
            _ => range.rev().filter(given).find(|row| accept(*row)).map(|row| (row, self.at(row))),
        }
    }

    /// Sets the value of a row after all that have one.
    pub(crate) fn set(&mut self, row: u32, value: T) {
        let default = value == T::default();
        match self {
            Self::Uniform(old, rows) if *rows == row && *old == value => *rows += 1,
            Self::Uniform(old, rows) => {
                *self = Self::Dense(vec![*old; *rows as usize]);
                self.set(row, value);
            }
            _ if default => {}
            Self::Dense(values) => {
                values.resize(row as usize, T::default());
                values.push(value);
            }
            Self::Sparse(rows, values) => {
                rows.push(row);
                values.push(value);
                if rows.len() > 4_096 && rows.len() > row as usize / 3 {
                    self.thicken();
                }
            }
        }
    }

    /// Forgets the values from a row on.
    pub(crate) fn truncate(&mut self, length: u32) {
        match self {
            Self::Uniform(_, rows) => *rows = (*rows).min(length),
            Self::Dense(values) => values.truncate(length as usize),
            Self::Sparse(rows, values) => {
                let kept = rows.partition_point(|row| *row < length);
                rows.truncate(kept);
                values.truncate(kept);
            }
        }
    }

    fn thicken(&mut self) {
        if let Self::Sparse(rows, values) = self {
            let mut dense = vec![T::default(); rows.last().map_or(0, |last| *last as usize + 1)];
            rows.iter().zip(values).for_each(|(row, value)| dense[*row as usize] = *value);
            *self = Self::Dense(dense);
        }
    }

    /// Follows the rows to their new places.
    pub(crate) fn follow(&mut self, moves: &Moves) {
        let total = moves.total();
        let moved: Self = match self {
            Self::Uniform(value, rows) if *rows as usize >= moves.seen() => {
                *rows = total;
                let _ = value;
                return;
            }
            Self::Uniform(..) | Self::Dense(_) => {
                let tail: Vec<T> = moves.order().par_iter().map(|row| self.at(*row)).collect();
                let Self::Dense(mut values) = self.take_dense() else { return };
                values.resize(moves.base() as usize, T::default());
                values.extend_from_slice(&tail);
                Self::Dense(values)
            }
            Self::Sparse(rows, values) => {
                let kept = rows.partition_point(|row| *row < moves.base());
                let mut tail: Vec<(u32, T)> = rows[kept..]
                    .iter()
                    .zip(&values[kept..])
                    .filter_map(|(r, v)| Some((moves.of_new(*r)?, *v)))
                    .collect();
                for (to, from) in moves.of_old() {
                    if let Ok(at) = rows[..kept].binary_search(&from) {
                        tail.push((to, values[at]));
                    }
                }
                tail.sort_unstable_by_key(|(row, _)| *row);
                rows.truncate(kept);
                values.truncate(kept);
                tail.into_iter().for_each(|(row, value)| {
                    rows.push(row);
                    values.push(value);
                });
                if moves.base() == 0 {
                    self.settle(total);
                }
                return;
            }
        };
        *self = moved;
        if moves.base() == 0 {
            self.settle(total);
        }
    }

    fn take_dense(&mut self) -> Self {
        match std::mem::take(self) {
            Self::Uniform(value, rows) => Self::Dense(vec![value; rows as usize]),
            other => other,
        }
    }

    /// Takes the one form that its values prescribe, so that equal columns are equal.
    fn settle(&mut self, total: u32) {
        let first = self.at(0);
        let (given, uniform) = match self {
            Self::Uniform(..) => return,
            Self::Dense(values) => {
                let given = values.iter().filter(|value| **value != T::default()).count();
                (given, given == total as usize && values.iter().all(|value| *value == first))
            }
            Self::Sparse(rows, values) => {
                (rows.len(), rows.len() == total as usize && values.iter().all(|value| *value == first))
            }
        };
        if uniform && given > 0 {
            *self = Self::Uniform(first, total);
        } else if given > total as usize / 3 {
            self.thicken();
        } else if let Self::Dense(values) = self {
            let sparse = (0u32..).zip(values.iter().copied()).filter(|(_, value)| *value != T::default());
            let (rows, values) = sparse.unzip();
            *self = Self::Sparse(rows, values);
        }
        if let Self::Dense(values) = self {
            values.resize(total as usize, T::default());
        }
    }
}
