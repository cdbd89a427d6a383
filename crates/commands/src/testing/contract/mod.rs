//! The contract of a store: one function for each thing that the ports say an adapter MUST do. Every store runs all of
//! them, each as a test of its own:
//!
//! ```ignore
//! commands::store_contract!(super::fresh_database);
//! ```
//!
//! where `fresh_database()` answers a [`super::Database`] that is empty and has its schema. The path is taken from one
//! module further down.

pub mod batches;
pub mod movements;
pub mod reservations;
pub mod stock;
mod world;

/// Makes a test of each obligation, named after it. A new obligation is a function in one of the modules, and its name
/// here.
#[macro_export]
macro_rules! store_contract {
    ($fresh:path) => {
        $crate::store_contract! { $fresh;
            stock {
                what_does_not_exist_is_left_out
                warehouses_come_back_whole
                products_come_back_whole_by_sku_and_by_number
                case_matters_in_codes
                locations_come_back_whole_by_code_and_by_number
                lots_come_back_with_their_date
                master_data_can_be_changed
                a_balance_comes_back_whole
                a_balance_comes_with_all_that_it_names
                a_missing_balance_reads_as_zero
                a_scope_is_every_balance_of_the_product_in_the_warehouse
                many_are_loaded_and_written_at_once
                what_is_in_the_set_is_not_replaced
                details_come_back_whole
                details_are_replaced_as_a_whole
                holdings_are_balances_that_are_not_empty
                a_stale_balance_is_a_conflict
                a_balance_that_is_gone_is_a_conflict
                nothing_to_write_is_written
            }
            movements {
                a_movement_comes_back_whole
                a_reversed_movement_says_so
                the_latest_of_a_record_skips_reversals_and_what_they_undid
                a_second_reversal_or_number_is_a_conflict
                the_ledger_is_read_in_order_and_whole
                every_balance_is_read
                orphans_and_gaps_are_counted
            }
            reservations {
                a_reservation_comes_back_whole
                a_change_comes_back
                an_order_finds_its_active_reservation
                due_is_active_run_out_and_holding
                a_due_reservation_comes_whole
                holders_are_active_and_hold_of_the_balance
                open_ones_of_a_product_are_found
                active_ones_of_a_warehouse_or_location_are_found
                what_is_in_the_set_is_not_replaced
                a_stale_reservation_is_a_conflict
                an_order_has_one_active_reservation
                lists_are_filtered_and_paged
                one_is_shown_with_what_it_holds
                the_longest_overdue_come_first
                backorders_that_can_be_filled_are_found
            }
            batches {
                a_fresh_head_begins_at_one
                the_head_comes_back
                an_answer_comes_back_as_it_was
                answers_stand_in_the_order_of_the_question
                a_key_that_was_written_meanwhile_is_a_conflict
                a_request_number_is_given_once
                the_events_of_a_reservation_are_in_order
                an_event_is_written_once
                a_rollback_leaves_nothing
                numbers_have_no_gaps
                time_does_not_go_back
            }
        }
    };
    ($fresh:path; $($module:ident { $($name:ident)* })*) => {
        $(mod $module {
            $(#[test]
            fn $name() {
                $crate::testing::contract::$module::$name(&mut $fresh());
            })*
        })*
    };
}
