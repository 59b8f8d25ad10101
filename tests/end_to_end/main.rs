//! What crosses crates: the product against the auditor, published examples, edges of money and time, the binary itself.

mod adjusted; // closed periods: adjustments are the auditor's figures, after less before
mod answer; // answers as flat text, and the auditor's
mod binary; // the binary, on ledgers of its own
mod check; // a script, a window, and what both must say
mod cli_cache; // readers, the cache, the writer of another process
mod cli_closes; // close, closes, prior-period adjustments
mod cli_company; // a small company for the tests of the command line
mod cli_definitions; // define, definitions, show, diff
mod cli_explain; // from a figure to its source rows, and back
mod cli_proofs; // checkpoints and proofs, made here and checked elsewhere
mod cli_receipts; // receipts and reproduce through the binary
mod cli_reconcile; // decks through the binary
mod cli_records; // init, import, append, void
mod cli_reports; // what each report prints
mod cli_restate; // restatements through the binary
mod cli_surface; // help, errors, colours, pipes, the demo
mod differential; // random ledgers: every number of the product is the auditor's
mod evidence; // evidence packs, made here and checked elsewhere, also in Python
mod explained; // the customers and records behind a figure make it
mod exports; // exports, imported elsewhere; backups; a reader in another language
mod fixture; // reads fixtures/
mod golden; // the example of docs/semantics.md, every cell
mod hostile_files; // files made to hurt
mod hostile_text; // names that would act on who reads them
mod money; // edges of money
mod permutation; // any order of arrival gives the same figures
mod personal_data; // pseudonyms instead of names
mod product; // the product's answers, in memory
mod real_data; // files of other projects, where there are some
mod receipts; // receipts of random questions, and of earlier versions
mod reconciled; // a deck of wrong figures, and what each of them meant
mod refusals; // what has no answer is refused by name
mod replay; // views under any cut, in any steps
mod restated; // restatements: the parts sum to the whole
mod shares; // shares sum to the figure; a record's share is the auditor's counterfactual
mod shrink; // makes a failing ledger small
mod stores; // ledgers that earlier versions wrote
mod strict; // strict mode refuses what the auditor finds
mod through_binary; // random ledgers through import and command line
mod times; // edges of time
mod worked; // the worked examples of the field
