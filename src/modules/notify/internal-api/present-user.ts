import { NOTIFY_SERVICE_ID } from '../notifications/notification.ts';
import { timestamp } from '../notifications/timestamp.ts';
import type { UserRow } from '../users/user-queries.ts';
import { plainTimestamp } from './times.ts';

/** A user as the admin website reads it: internals section 3.3. */
export function presentUser(user: UserRow) {
  return {
    id: user.id,
    name: user.name,
    email_address: user.email_address,
    created_at: timestamp(user.created_at),
    auth_type: user.auth_type,
    current_session_id: user.current_session_id,
    failed_login_count: user.failed_login_count,
    email_access_validated_at: timestamp(user.email_access_validated_at ?? user.created_at),
    logged_in_at: timestamp(user.logged_in_at),
    mobile_number: user.mobile_number,
    organisations: user.organisations,
    password_changed_at: plainTimestamp(user.password_changed_at ?? user.created_at),
    permissions: user.permissions,
    organisation_permissions: user.organisation_permissions,
    platform_admin: user.platform_admin,
    services: user.services,
    can_use_webauthn:
      user.platform_admin || user.auth_type === 'webauthn_auth' || user.services.includes(NOTIFY_SERVICE_ID),
    state: user.state,
    take_part_in_research: user.take_part_in_research,
    receives_new_features_email: user.receives_new_features_email,
  };
}
