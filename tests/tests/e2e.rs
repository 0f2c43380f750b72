//! The end-to-end tests. See the crate's documentation for how they are laid out.

use linkspan_tests::{runner, tests};
use std::process::ExitCode;

// In line, so that the files lie in `e2e/` and are no test binaries of their own.
mod e2e {
    pub mod access;
    pub mod accessibility;
    pub mod activity;
    pub mod breaks;
    pub mod bulk;
    pub mod containers;
    pub mod cost;
    pub mod details;
    pub mod doctor;
    pub mod edit;
    pub mod endpoints;
    pub mod engine;
    pub mod environment;
    pub mod equivalents;
    pub mod explain;
    pub mod failures;
    pub mod faults;
    pub mod files;
    pub mod hostile;
    pub mod images;
    pub mod jobs;
    pub mod keymap;
    pub mod logs;
    pub mod matrix;
    pub mod noise;
    pub mod oidc;
    pub mod partial;
    pub mod passkeys;
    pub mod paste;
    pub mod people;
    pub mod phone;
    pub mod positions;
    pub mod protocol;
    pub mod proxies;
    pub mod recreate;
    pub mod references;
    pub mod registries;
    pub mod resources;
    pub mod review;
    pub mod run;
    pub mod sharing;
    pub mod shell;
    pub mod story;
    pub mod table;
    pub mod tabs;
    pub mod terminals;
    pub mod tolerance;
    pub mod transfers;
    pub mod versions;
    pub mod viewers;
    pub mod webhooks;
}
use e2e::{
    access, accessibility, activity, breaks, bulk, containers, cost, details, doctor, edit, endpoints, engine, environment, equivalents,
    explain, failures, faults, files, hostile, images, jobs, keymap, logs, matrix, noise, oidc, partial, passkeys, paste, people, phone,
    positions, protocol, proxies, recreate, references, registries, resources, review, run, sharing, shell, story, table, tabs, terminals,
    tolerance, transfers, versions, viewers, webhooks,
};

fn main() -> ExitCode {
    let mut all = tests![
        environment::engine_runs_hello_world,
        environment::two_engines_side_by_side,
        environment::engine_survives_a_crash,
        environment::registry_push_pull,
        environment::browser_opens_a_page,
        environment::roles_and_names_are_those_of_the_browser,
        environment::actions_work_as_a_person_does_them,
        environment::scripted_engine_answers,
        access::the_first_run_creates_the_administrator,
        access::guessing_passwords_is_slowed_and_said,
        access::a_forgotten_password_is_set_by_a_link,
        access::a_password_is_changed_by_whoever_knows_it,
        access::people_see_who_else_is_here,
        sharing::linkspan_makes_its_own_certificate,
        sharing::a_renewed_certificate_needs_no_restart,
        proxies::nginx_serves_it_under_a_path,
        proxies::a_proxy_signs_people_in,
        proxies::a_proxy_proves_itself_by_a_certificate,
        proxies::what_caddy_and_traefik_send_is_understood,
        oidc::a_provider_signs_people_in,
        sharing::what_is_refused_says_what_is_allowed,
        sharing::a_flood_shuts_nobody_out,
        sharing::a_browser_that_takes_nothing_costs_little,
        activity::everything_done_has_a_name_on_it,
        activity::what_the_engine_does_by_itself_is_told,
        activity::the_record_cannot_be_changed_unseen,
        activity::data_outlives_a_kill_and_a_copy_brings_it_back,
        webhooks::others_are_told_elsewhere,
        activity::a_full_disk_takes_nothing_down,
        hostile::nothing_that_comes_from_outside_becomes_markup,
        passkeys::a_passkey_signs_in,
        people::somebody_is_invited_and_let_go,
        people::a_role_is_what_somebody_may,
        people::what_carries_a_label_is_all_that_there_is,
        people::tokens_stand_for_their_owner,
        people::every_route_asks_who_that_is,
        protocol::only_its_own_pages_get_in,
        protocol::bad_input_hurts_nobody,
        protocol::a_bridge_that_ends_closes_no_channel,
        protocol::signing_out_ends_the_websocket,
        protocol::what_is_too_long_is_refused_and_ends_nothing,
        protocol::whoever_is_removed_is_out,
        protocol::guesses_at_once_gain_nothing,
        protocol::a_connection_that_says_nothing_is_closed,
        protocol::the_command_line_keeps_its_word,
        containers::the_table_follows_the_engine,
        containers::filter_sort_and_chips_are_in_the_address,
        containers::the_filter_knows_what_containers_use,
        containers::what_takes_most_comes_first_where_that_is_asked_for,
        containers::a_removed_container_s_page_stays_what_it_was,
        table::columns_are_chosen_and_made_wider,
        table::limits_and_restart_policy_are_changed_in_place,
        containers::a_container_is_managed_by_clicking,
        containers::stopping_a_container_that_removes_itself_asks,
        containers::one_container_has_a_page,
        engine::it_says_what_it_has_and_what_takes_most,
        details::a_state_says_what_is_known_of_it,
        details::what_was_chosen_outlives_a_change,
        details::health_limits_and_what_it_uses_are_told,
        details::a_log_is_copied_and_saved_as_it_was_written,
        phone::nothing_is_wider_than_a_phone,
        containers::a_thousand_rows_are_a_few_in_the_document,
        run::run_and_wait,
        edit::editing_loses_nothing,
        edit::limits_are_changed_in_place_and_a_failed_edit_changes_nothing,
        explain::what_is_shown_does_what_a_click_does,
        matrix::the_matrix_has_no_hole_that_is_not_named,
        matrix::credentials_are_variables,
        equivalents::equivalents_are_shown_where_something_is_done,
        equivalents::a_container_is_exported_and_made_again,
        equivalents::what_an_image_says_is_offered,
        paste::a_pasted_line_runs_as_in_a_shell,
        paste::each_option_of_docker_run_is_taken_or_named,
        paste::another_like_a_container_is_run,
        run::not_a_byte_is_lost_of_a_container_that_removes_itself,
        run::a_run_with_a_terminal_is_typed_into,
        run::the_form_takes_a_block_hides_secrets_and_knows_a_free_port,
        run::a_cancelled_run_says_what_stays,
        run::the_command_is_split_as_a_shell_would,
        run::what_the_engine_refuses_is_said_at_the_form,
        run::the_whole_form_reaches_the_engine,
        run::a_missing_image_is_pulled_first,
        jobs::stop_all_stops_exactly_what_was_listed,
        jobs::a_production_engine_asks_for_its_name,
        jobs::what_swarm_would_replace_is_marked,
        jobs::linkspan_never_stops_itself,
        cost::a_visit_asks_for_nothing_twice,
        cost::an_event_costs_one_inspect_and_never_a_list,
        cost::figures_cost_one_stream_a_container,
        cost::the_first_page_has_all_its_styles,
        jobs::the_images_follow_the_engine,
        jobs::a_pull_is_seen_by_everybody,
        jobs::a_pull_can_be_cancelled,
        jobs::a_failed_pull_says_why,
        jobs::an_error_inside_a_successful_answer_is_a_failure,
        jobs::a_container_is_committed,
        jobs::what_jobs_came_to_outlives_the_bridge,
        jobs::a_cancelled_stop_all_leaves_the_rest_alone,
        bulk::many_are_started_as_one_job,
        bulk::those_chosen_are_paused_resumed_killed_and_stopped,
        bulk::failures_are_never_pushed_out,
        jobs::several_containers_are_removed_as_one_job,
        jobs::a_cancelled_run_takes_its_container_along,
        images::images_get_names_and_lose_them,
        images::an_image_has_a_page,
        images::a_newer_image_is_looked_for_only_when_asked,
        images::images_go_to_a_file_and_come_back,
        images::a_build_is_followed_as_it_goes,
        images::a_prune_takes_exactly_what_it_showed,
        registries::a_password_is_typed_for_one_pull,
        registries::an_administrator_stores_what_everybody_uses,
        registries::docker_login_is_used_by_itself,
        references::trouble_with_a_login_is_told_when_it_happens,
        references::names_are_read_the_same_everywhere,
        registries::the_header_is_as_the_engine_wants_it,
        registries::no_secret_is_told_anywhere,
        transfers::a_reference_is_read_while_it_is_typed,
        transfers::all_tags_and_another_platform,
        transfers::a_push_is_seen_by_everybody,
        transfers::a_registry_that_goes_away_midway_is_a_failure,
        transfers::a_full_disk_is_a_failure,
        transfers::a_cut_download_is_no_whole_file,
        resources::volumes_are_made_used_and_removed,
        resources::networks_are_made_joined_and_removed,
        tabs::figures_of_the_last_hour_are_kept,
        tabs::terminals_outlive_a_reload,
        terminals::one_click_opens_a_shell_and_another_attaches,
        terminals::they_begin_with_their_size_and_show_all_of_it,
        terminals::every_key_reaches_the_program,
        terminals::shells_are_looked_for_along_the_path,
        terminals::a_program_that_cannot_be_ended_is_said_to_go_on,
        terminals::others_look_on_where_its_owner_lets_them,
        terminals::one_that_is_open_is_no_way_around_a_role,
        tabs::files_go_up_and_down,
        files::files_are_changed_in_place,
        files::a_volume_is_browsed,
        review::what_changed_is_seen_beside_the_image_s,
        review::selected_changes_become_one_clean_layer,
        review::an_image_s_configuration_is_edited_field_by_field,
        story::what_was_installed_by_hand_becomes_an_image_without_the_secret,
        recreate::a_container_goes_to_another_image_and_back,
        review::a_secret_is_known_by_its_content,
        review::two_images_are_compared,
        noise::what_is_noise_can_be_changed,
        review::a_dockerfile_is_drafted_and_builds_the_same,
        tabs::inspect_data_is_searched_and_hides_secrets,
        shell::the_palette_finds_what_there_is,
        shell::keys_work_and_can_be_turned_off,
        keymap::whatever_is_listed_works,
        keymap::a_table_s_keys_work_wherever_the_focus_is,
        keymap::held_and_composing_keys_do_nothing_more,
        shell::everything_is_said_in_japanese,
        shell::titles_say_what_is_worth_knowing,
        shell::the_focus_is_never_lost,
        shell::what_takes_long_says_so,
        accessibility::every_page_is_accessible,
        accessibility::every_state_is_accessible,
        accessibility::pages_grow_with_their_type,
        accessibility::the_system_s_colours_are_kept,
        containers::compose_projects_are_groups,
        containers::a_finger_that_rests_selects,
        logs::the_last_lines_come_at_once_and_then_live,
        logs::an_address_leads_to_a_line,
        logs::wrapped_lines_have_the_room_they_take,
        logs::a_search_begins_with_what_is_in_view,
        logs::outputs_are_shown_alone_and_progress_as_it_ended,
        logs::any_bytes_are_only_text,
        logs::a_million_lines_stay_bounded,
        endpoints::mutual_tls_by_the_variables_of_docker_machine,
        endpoints::certificates_that_do_not_fit_are_said,
        endpoints::contexts_are_read_as_the_docker_command_reads_them,
        endpoints::over_ssh,
        endpoints::over_plain_tcp_and_http,
        endpoints::bad_settings_are_one_line,
        doctor::the_doctor_names_the_step_that_fails,
        doctor::the_page_has_the_doctor_and_takes_engines,
        failures::a_page_that_fails_says_so,
        failures::what_opens_above_a_page_may_come_late,
        failures::a_database_that_fails_signs_nobody_out,
        failures::a_script_that_was_dropped_is_loaded_again,
        failures::a_menu_outlives_its_row,
        failures::late_answers_hurt_nobody,
        failures::a_flooded_terminal_is_held_back,
        faults::the_engine_dies_and_comes_back,
        faults::the_bridge_starts_before_its_engine,
        faults::missed_events_are_made_up_for,
        faults::the_bridge_restarts_under_open_pages,
        breaks::the_engine_is_killed_and_its_containers_go_on,
        breaks::the_engine_is_killed_with_its_containers,
        breaks::the_engine_is_stopped_for_ten_seconds,
        breaks::a_proxy_delays_cuts_and_resets,
        breaks::a_hundred_resets_leave_nothing_behind,
        breaks::a_browser_s_connection_is_cut,
        breaks::the_engine_s_clock_is_apart,
        positions::a_clock_that_is_set_hides_no_line,
        partial::what_is_stuck_says_why,
        partial::what_cannot_be_asked_spoils_nothing_else,
        partial::an_engine_that_comes_and_goes_costs_the_others_nothing,
        tolerance::what_a_proxy_refuses_takes_nothing_else_along,
        tolerance::an_inspect_that_fails_is_asked_for_again,
        tolerance::a_frozen_engine_is_told_with_its_last_word,
        tolerance::ages_follow_no_browser_s_clock,
        tolerance::files_of_any_name_are_told_apart,
        tolerance::a_context_that_is_missing_holds_up_no_other,
        tolerance::names_cannot_pass_for_others,
        tolerance::ports_lose_nothing,
        tolerance::errors_name_what_they_are_about,
        tolerance::what_is_typed_survives,
        viewers::fifty_viewers_are_one_to_the_engine,
        viewers::a_slow_reader_slows_nobody_and_loses_nothing,
        viewers::an_engine_that_is_down_slows_nobody,
        versions::docker_20_10,
        versions::written_answers_of_older_and_newer_engines,
    ];
    if versions::suite().is_some() {
        all.extend(tests![
            versions::a_current_docker_that_refuses_old_clients,
            versions::podman_of_this_machine,
            versions::a_current_docker_with_containerd_s_images,
            versions::a_current_podman,
        ]);
    }
    runner::main(all)
}
