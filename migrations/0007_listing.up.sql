-- Lists of tasks, whatever they are filtered and sorted by, walk an index and stop at the end of the page: one for each
-- filter that can be selective, with the id behind it so that pages have one order.
create index tasker_tasks_state on tasker_tasks (state, task_id);
create index tasker_tasks_initiator on tasker_tasks (initiator, task_id);
create index tasker_tasks_requested on tasker_tasks (requested_at, task_id);
create index tasker_tasks_correlation on tasker_tasks (correlation_id, task_id);
create index tasker_tasks_workflow on tasker_tasks (named_task_id, task_id);
drop index tasker_tasks_named_task;
