-- A route is served for the workspace that has it, so no two may share one: the environment is part of it.
update parties.workspaces set route = '/connecting-party-manager-' || environment || '-' || workspace where is_temporary;
alter table parties.workspaces add constraint workspaces_route_key unique (route);
