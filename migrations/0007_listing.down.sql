create index tasker_tasks_named_task on tasker_tasks (named_task_id);
drop index tasker_tasks_workflow;
drop index tasker_tasks_correlation;
drop index tasker_tasks_requested;
drop index tasker_tasks_initiator;
drop index tasker_tasks_state;
