"""What `make test` leaves to `make test-all`, so that it ends within half an hour on two cores.

By the name of a test: how many of its parameters are kept, spread over all of them; 0: none, and
1 of a test without parameters is the test. Seconds are worth it where no other test fails for the
same fault; most of what is left out here is a variant, or is met by the thirty random fits too.
"""

from __future__ import annotations

import pytest

KEPT = {
    "browser/test_html_in_chromium.py": {
        "test_axe_finds_no_fault_that_is_serious": 2,
        "test_everything_is_reached_by_keyboard": 1,
        "test_names_are_shown_as_text": 1,
        "test_the_page_is_no_wider_than_the_screen": 2,
        "test_no_request_leaves_the_page_and_the_console_is_silent": 2,
        "test_ink_stands_out_from_paper_in_both_schemes": 2,
    },
    "browser/test_treatment_in_chromium.py": {
        "test_axe_finds_no_fault_that_is_serious": 4,
        "test_no_request_leaves_the_page_and_the_console_is_silent": 4,
        "test_the_page_is_no_wider_than_the_screen": 4,
    },
    "cases/test_coin_toss_defects.py": {
        "test_a_softmax_on_one_unit_is_named": 0,
    },
    "cases/test_diverging_confidence.py": {
        "test_dropout_stands_first_confirmed_and_with_its_rival_excluded": 0,
        "test_the_rival_cause_is_not_named": 0,
        "test_overfitting_is_not_said": 0,
        "test_only_statistics_re_estimated_without_dropout_mend_validation": 0,
        "test_no_weight_is_touched_and_validation_accuracy_is_there": 0,
    },
    "cases/test_healthy_and_overfit.py": {
        "test_a_healthy_run_is_said_to_be_healthy_first_and_has_no_error_and_no_warning": 1,
    },
    "cases/test_plateau_attention.py": {
        "test_every_row_is_given_one_class": 0,
        "test_the_activity_penalty_stands_first_and_is_confirmed": 0,
    },
    "docs/test_docs_examples.py": {
        "test_the_examples_of_a_page_run": 1,
    },
    "keras/test_ensemble_file.py": {
        "test_it_gives_the_mean_and_logits_where_its_members_do": 1,
        "test_members_that_cannot_be_put_side_by_side_are_named_and_nothing_is_written": 0,
    },
    "keras/test_giving_back.py": {
        "test_a_second_fit_of_the_same_callback_is_a_run_of_its_own": 0,
        "test_a_block_logs_to_mlflow_also_where_it_raises": 0,
        "test_the_command_logs_to_the_run_that_the_script_made": 0,
        "test_a_line_that_fails_ends_neither_fit_nor_recording": 0,
        "test_without_a_notebook_nothing_is_shown_unless_asked": 0,
        "test_the_live_line_follows_the_fit_and_ends_with_its_last_epoch": 0,
        "test_what_is_trained_is_the_same_with_the_ledger_drawn_up_at_the_end_of_the_fit": 0,
    },
    "keras/test_going_on.py": {
        "test_a_stopped_fit_ends_as_one_that_was_never_stopped": 1,
        "test_a_model_that_was_changed_begins_anew_and_it_is_said": 0,
        "test_another_fit_of_the_model_begins_at_its_own_first_epoch": 0,
    },
    "keras/test_ledger_fits.py": {
        "test_a_fit_within_a_callback_of_a_fit_is_told_from_it": 0,
        "test_arrays_changed_in_place_after_the_fit_are_said_and_never_measured": 1,
        "test_a_model_changed_after_the_fit_is_said_or_makes_no_difference": 1,
        "test_weights_swapped_for_evaluation_stand_in_the_validation_pipeline": 1,
        "test_an_epoch_that_was_not_validated_is_not_ranked_among_those_that_were": 0,
        "test_epochs_are_counted_from_the_initial_epoch": 0,
        "test_folds_in_a_loop_are_one_study_and_each_closes_though_its_model_is_gone": 0,
        "test_a_validation_loss_that_is_no_number_leaves_the_training_rows": 0,
        "test_one_row_a_split_closes_without_an_interval": 0,
        "test_positional_arguments_and_a_callback_list_are_seen_as_keras_sees_them": 0,
        "test_a_sample_says_how_many_rows_it_took_and_its_unaccounted_interval_is_wider": 0,
        "test_fits_in_two_threads_are_not_taken_for_each_other": 0,
    },
    "keras/test_ledger_losses.py": {
        "test_a_regression_loss_closes_with_its_metrics": 0,
        "test_a_loss_from_logits_closes": 1,
        "test_a_loss_a_step_of_a_sequence_closes_and_heeds_the_mask": 1,
        "test_a_metric_that_is_no_mean_over_rows_closes": 1,
        "test_every_figure_of_outputs_in_a_list_closes": 0,
        "test_a_softmax_behind_a_reshape_is_clipped_as_keras_clips_it": 0,
        "test_top_k_and_a_mean_of_f1_close": 0,
        "test_rows_that_are_surely_wrong_keep_a_loss_far_above_that_of_a_clipped_probability": 1,
        "test_weights_a_step_of_a_sequence_close": 0,
    },
    "keras/test_ledger_models.py": {
        "test_a_model_of_this_kind_has_every_row_and_closes": 1,
        "test_noise_inside_layers_of_sequences_is_reached_and_stands_in_its_row": 1,
        "test_another_precision_closes": 1,
        "test_another_way_of_execution_closes": 1,
        "test_a_layer_of_the_users_own_that_only_hands_training_on_is_no_mystery": 0,
        "test_a_loss_added_in_call_stands_with_the_penalties": 0,
        "test_a_loss_of_its_own_that_equals_that_of_keras_is_measured": 0,
        "test_a_state_carried_from_batch_to_batch_is_said": 0,
        "test_noise_in_inference_is_said_and_what_is_unaccounted_may_be_noise": 0,
        "test_a_layer_whose_clone_computes_otherwise_is_measured_on_the_model_itself": 0,
    },
    "keras/test_ledger_reestimation.py": {
        "test_without_batch_statistics_nothing_is_re_estimated": 1,
        "test_dropout_before_batch_statistics_is_mended_under_inference_conditions_alone": 0,
    },
    "keras/test_ledger_state.py": {
        "test_all_is_as_it_was_after_the_ledger": 1,
        "test_a_model_can_be_trained_on_after_its_ledger_and_ends_where_it_would_have": 0,
    },
    "keras/test_probes_layers.py": {
        "test_leaky_units_are_never_dead": 0,
        "test_units_of_one_and_the_same_start_are_still_identical_at_the_end": 0,
        "test_units_of_a_constant_start_that_dropout_parted_are_so_at_the_start_alone": 0,
        "test_large_inputs_saturate_a_tanh_and_are_seen_as_its_input": 0,
        "test_gradients_vanish_through_a_deep_stack_of_sigmoids": 0,
        "test_an_input_that_is_read_is_not_detached": 0,
        "test_dead_units_are_counted_behind_an_activation_layer_too": 0,
        "test_a_mode_in_the_graph_that_keras_overrules_is_said_to_have_no_effect": 0,
        "test_an_argument_of_a_later_layer_that_makes_no_input_is_named": 0,
    },
    "keras/test_probes_predictions.py": {
        "test_classes_are_read_from_whatever_encoding": 0,
        "test_worst_rows_are_wrong_ones_by_their_place_in_the_split": 0,
        "test_too_sure_a_model_is_cooled_by_a_temperature_above_one": 0,
        "test_regression_has_r2_and_correlation": 0,
        "test_flags_are_scored_one_by_one": 0,
        "test_the_cross_entropy_sees_past_a_softmax_on_one_unit_but_its_output_is_constant": 0,
        "test_each_output_of_several_has_its_head_and_its_scores": 0,
    },
    "keras/test_probes_rates.py": {
        "test_a_good_rate_lowers_the_loss_and_is_not_far_from_the_best": 1,
        "test_a_rate_a_hundred_times_too_low_has_its_best_step_far_above": 1,
        "test_a_rate_a_hundred_times_too_high_raises_the_loss": 0,
        "test_steps_are_taken_from_the_start_and_from_the_end": 0,
    },
    "keras/test_probes_session.py": {
        "test_the_fits_of_a_loop_are_compared_by_setting_at_the_last_of_them": 0,
    },
    "keras/test_probes_steps.py": {
        "test_attention_is_found_in_whatever_form": 1,
        "test_attention_that_looks_at_steps_has_less_and_the_mean_costs_it": 0,
        "test_a_mask_that_is_heeded_keeps_masked_steps_from_the_loss": 0,
        "test_attention_by_hand_behind_a_mask_weighs_masked_steps": 0,
        "test_attention_of_keras_heeds_the_mask": 0,
        "test_order_is_worth_nothing_to_a_mean_over_the_steps": 0,
        "test_frames_are_permuted_and_their_layers_measured_over_all_of_them": 0,
        "test_tokens_of_an_embedding_are_permuted_and_tables_are_not": 0,
    },
    "keras/test_recipes.py": {
        "test_a_loss_of_ones_own_keeps_its_settings": 0,
        "test_a_data_set_with_random_transforms_keeps_draws_of_them": 0,
        "test_callbacks_that_only_write_are_left_out": 0,
        "test_a_trial_holds_out_whole_groups_that_were_given": 0,
        "test_what_cannot_be_made_again_is_named": 0,
        "test_a_callback_that_counts_begins_anew_in_each_trial": 0,
        "test_what_callbacks_close_over_begins_anew_in_each_trial": 0,
        "test_seeds_that_the_script_wrote_down_go_with_that_of_the_trial": 0,
        "test_layers_losses_and_lambdas_of_ones_own_come_along": 0,
        "test_rows_are_kept_with_the_groups_that_were_given": 1,
        "test_a_trial_that_gives_nan_scores_nothing_and_is_no_error": 0,
        "test_an_arm_that_finds_nothing_to_vary_says_so": 0,
        "test_a_trial_out_of_memory_says_so": 0,
        "test_rows_are_kept_with_the_sub_labels_that_were_given": 0,
    },
    "keras/test_remedies.py": {
        "test_a_remedy_trains_and_leaves_the_recipe_as_it_was": 8,
        "test_what_is_made_of_targets_can_be_scored": 2,
        "test_a_remedy_refuses_what_has_nothing_of_the_kind_in_one_line": 20,
        "test_other_options_can_be_built": 12,
    },
    "keras/test_remedies_effects.py": {
        "test_augmentation_is_there_in_training_and_not_in_inference": 2,
    },
    "keras/test_remedies_of_classes.py": {
        "test_classes_in_parts_are_learned_and_given_back_whole": 1,
        "test_a_study_judges_the_classes_of_a_model_of_parts": 0,
        "test_of_each_group_the_rows_that_differ_most_are_kept": 0,
    },
    "keras/test_remedies_of_maps.py": {
        "test_one_pooling_is_left_out_and_maps_are_as_much_wider": 1,
        "test_layers_are_added_like_the_last_hidden_one": 1,
    },
    "keras/test_saved_models.py": {
        "test_wrong_input_is_one_line_and_status_2": 2,
        "test_weights_of_the_best_epoch_are_told_from_those_of_the_last": 0,
        "test_a_history_of_other_weights_is_said_to_be_so": 0,
        "test_recall_is_told_by_sub_labels_that_are_given": 0,
        "test_sub_labels_stand_in_the_files_of_the_rows": 0,
        "test_groups_that_are_given_are_counted_across_the_splits": 0,
        "test_groups_stand_in_the_files_of_the_rows": 0,
        "test_labels_of_another_length_are_refused_and_leave_no_run": 1,
        "test_without_a_history_the_figures_are_evaluated": 0,
    },
    "keras/test_transformed_rows.py": {
        "test_a_model_that_does_not_begin_with_transforms_leaves_no_transformed_rows": 1,
    },
    "keras/test_treat_engine.py": {
        "test_a_worker_that_dies_takes_its_own_training_along_and_no_other": 0,
        "test_a_split_that_leaves_a_class_out_is_mended_by_a_split_at_random": 0,
        "test_a_model_compiled_before_begins_as_one_built_anew": 0,
    },
    "keras/test_treat_on_ray.py": {
        "test_the_same_study_gives_the_same_trials_and_scores_and_leaves_no_process": 0,
    },
    "keras/test_treat_whole.py": {
        "test_scaling_is_found_and_the_locked_rows_bear_it_out": 0,
        "test_resumed_it_repeats_no_trial_and_comes_to_the_same": 0,
        "test_a_placebo_was_in_the_race_and_is_not_among_what_helps": 0,
        "test_the_model_that_is_handed_back_is_the_one_that_was_judged_on_all_rows": 0,
        "test_the_page_and_curves_of_both_sides_are_there": 0,
        "test_python_gives_the_same_and_a_notebook_shows_it": 0,
        "test_what_cannot_be_done_is_one_line": 0,
    },
    "keras/test_treated_script.py": {
        "test_what_can_be_changed_in_the_text_is_changed_there_and_else_nothing_is_left_by_hand": 0,
        "test_the_program_trains_the_treated_model_on_the_rows_of_the_script": 0,
        "test_groups_go_along_and_faults_are_one_line": 0,
    },
    "keras/test_trials_of_experiments.py": {
        "test_an_arm_trains_and_leaves_the_recipe_as_it_was": 4,
        "test_a_head_that_does_not_fit_is_replaced_by_what_targets_ask_for": 2,
        "test_every_recipe_stays_as_it_is_and_what_is_made_of_it_can_be_built": 80,
    },
    "keras/test_watching.py": {
        "test_groups_that_are_told_of_are_counted_and_widen_what_rows_alike_made_narrow": 0,
        "test_of_several_fits_those_of_as_many_rows_have_the_groups": 0,
        "test_groups_of_other_rows_are_noted_and_cost_nothing_else": 0,
        "test_the_callback_keeps_the_epochs_of_a_fit_that_raised": 0,
        "test_a_file_of_groups_that_was_never_written_is_noted_and_the_run_is_kept": 0,
    },
    "scripts/test_fitted_on_all_rows.py": {
        "test_columns_selected_on_all_rows_are_named_with_their_line": 0,
    },
    "scripts/test_known_rows.py": {
        "test_groups_and_sub_classes_that_a_script_writes_are_read_at_its_end": 0,
    },
    "scripts/test_nothing_private.py": {
        "test_rows_are_kept_and_shown_where_they_were_asked_for": 0,
        "test_an_audit_tells_of_rows_and_holds_none": 0,
    },
    "scripts/test_run_under_faults.py": {
        "test_a_script_with_most_oddities_ends_as_without_us_and_its_fits_are_kept": 0,
        "test_a_full_disk_costs_the_record_and_not_the_script": 0,
    },
    "scripts/test_same_weights.py": {
        "test_a_watched_script_trains_the_same_weights_to_the_bit": 0,
    },
    "scripts/test_thirteen_forms.py": {
        "test_on_all_rows_the_account_closes": 1,
    },
    "scripts/test_trained_without_us.py": {
        "test_a_script": 0,
        "test_keras_under_tensorflow_is_seen_and_json_leaves_stdout_to_the_script": 0,
        "test_a_traceback_out_of_a_fit_has_no_frame_of_ours": 0,
        "test_a_child_process_that_trains_reports_nothing": 0,
        "test_forked_children_that_import_keras_and_train_are_let_alone": 0,
    },
    "unit/test_foreign_run.py": {
        "test_a_report_reads_no_pickle_wherever_one_is_put": 2,
    },
    "unit/test_report_html.py": {
        "test_many_fits_and_many_epochs_stay_below_a_megabyte": 1,
    },
    "unit/test_treatment_benches.py": {
        "test_a_study_of_real_fits_is_the_same_every_time_and_judged_on_the_pool": 0,
    },
    "unit/test_twins.py": {
        "test_copies_are_found_and_nothing_else": 1,
        "test_the_kind_of_a_change_is_told": 2,
    },
}


def mark_long(items: list[pytest.Item]) -> None:
    """Marks as `long` what is left out, among tests that are not so anyway."""
    found: dict[tuple[str, str], list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("long") is None:
            file = f"{item.path.parent.name}/{item.path.name}"
            found.setdefault((file, item.name.partition("[")[0]), []).append(item)
    for (file, name), those in found.items():
        kept = KEPT.get(file, {}).get(name)
        if kept is not None:
            at = {round(i * (len(those) - 1) / max(1, kept - 1)) for i in range(kept)}
            for i, item in enumerate(those):
                if i not in at:
                    item.add_marker("long")
