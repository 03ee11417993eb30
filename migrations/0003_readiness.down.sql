drop view tasker_step_dag_relationships;
drop function calculate_dependency_levels(bigint);
drop function tasker_step_depths(bigint);
drop function get_task_execution_context(bigint, timestamptz);
drop function get_task_execution_contexts_batch(bigint[], timestamptz);
drop function get_step_readiness_status(bigint, bigint[], timestamptz);
drop function get_step_readiness_status_batch(bigint[], timestamptz);
