/** What each object of the internal API consists of: internals sections 3.3 and 3.4, names of fields alone. */
export const SHAPES = {
  User: `id name email_address created_at auth_type current_session_id failed_login_count email_access_validated_at
    logged_in_at mobile_number organisations password_changed_at permissions organisation_permissions platform_admin
    services can_use_webauthn state take_part_in_research receives_new_features_email`,
  UserFound: 'id name email_address mobile_number',
  OrganisationLink: 'name id count_of_live_services',
  ServiceLink: 'id name restricted organisation',
  Service: `id name custom_email_sender_name email_sender_local_part confirmed_email_sender_name active restricted
    prefix_sms rate_limit contact_link letter_message_limit sms_message_limit international_sms_message_limit
    email_message_limit volume_sms volume_email volume_letter consent_to_research count_as_live go_live_at go_live_user
    has_active_go_live_request confirmed_unique notes purchase_order_number billing_contact_names
    billing_contact_email_addresses billing_reference organisation organisation_type created_by email_branding
    letter_branding permissions service_callback_api`,
  ServiceInList: 'id name notification_type restricted active created_at statistics',
  ServiceFound: 'id name active restricted',
  ServiceVersion: `id name created_at updated_at active email_message_limit sms_message_limit letter_message_limit
    restricted custom_email_sender_name email_sender_local_part created_by_id version`,
  ApiKeyVersion: 'id name service_id expiry_date created_at updated_at created_by_id',
  Organisation: `id name active crown organisation_type letter_branding_id email_branding_id agreement_signed
    agreement_signed_at agreement_signed_by_id agreement_signed_on_behalf_of_name
    agreement_signed_on_behalf_of_email_address agreement_signed_version domains request_to_go_live_notes
    count_of_live_services notes purchase_order_number billing_contact_names billing_contact_email_addresses
    billing_reference can_approve_own_go_live_requests permissions`,
  OrganisationInList: 'name id active count_of_live_services domains organisation_type',
  ServiceUsage: `service_id service_name free_sms_limit sms_remainder sms_billable_units chargeable_billable_sms sms_cost
    letter_cost emails_sent active`,
  Template: `id version service name template_type content subject created_at updated_at created_by archived hidden folder
    postage letter_attachment letter_languages letter_welsh_subject letter_welsh_content has_unsubscribe_link
    is_precompiled_letter redact_personalisation reply_to reply_to_text template_redacted email_files`,
  TemplateVersion: `id version service name template_type content subject created_at updated_at created_by archived hidden
    postage letter_attachment letter_languages letter_welsh_subject letter_welsh_content has_unsubscribe_link
    is_precompiled_letter reply_to reply_to_text template_redacted email_files`,
  Person: 'id name email_address',
  TemplateInList: 'folder id is_precompiled_letter name template_type',
  TemplateUse: 'count template_id template_name template_type is_precompiled_letter status',
  TemplateFolder: 'id name parent_id service_id users_with_permission',
  Notification: `id to normalised_to service job job_row_number template api_key key_type key_name created_by
    billable_units notification_type created_at sent_at sent_by updated_at reference client_reference international
    phone_prefix rate_multiplier reply_to_text document_download_count postage unsubscribe_link status personalisation`,
  SentTemplate: `id service version name template_type content subject redact_personalisation is_precompiled_letter
    letter_attachment reply_to_text letter_languages letter_welsh_subject letter_welsh_content has_unsubscribe_link`,
  NotificationForCsv: `id row_number recipient client_reference template_name template_type job_name status created_at
    created_by_name created_by_email_address api_key_name`,
  Job: `id service service_name template template_name template_type template_version original_file_name
    notification_count created_at updated_at processing_started processing_finished scheduled_for job_status archived
    contact_list_id created_by statistics`,
  Upload: `id original_file_name notification_count created_at upload_type template_type recipient statistics`,
  ApiKey: 'id name key_type expiry_date created_at updated_at created_by version',
  SmsSender: 'id sms_sender service_id is_default archived inbound_number_id created_at updated_at',
  EmailReplyTo: 'id service_id email_address is_default archived created_at updated_at',
  LetterContact: 'id service_id contact_block is_default archived created_at updated_at',
  Callback: 'id service_id url updated_by_id created_at updated_at',
  DataRetention: 'id service_id service_name notification_type days_of_retention created_at updated_at',
  InboundSms: 'id created_at service_id notify_number user_number content',
  InboundNumber: 'id number provider service active created_at updated_at',
  InvitedUser:
    'id service from_user email_address created_at status permissions auth_type folder_permissions',
  InvitedOrgUser: 'id email_address invited_by organisation created_at permissions status',
  ServiceJoinRequest: `id service_id created_at status status_changed_by requester status_changed_at reason
    contacted_service_users`,
  Requester: 'id name belongs_to_service email_address',
  EmailBranding: 'id colour logo name text brand_type alt_text created_by created_at updated_at',
  LetterBranding: 'id name filename created_by created_at updated_at',
  Complaint: `id notification_id service_id service_name ses_feedback_id complaint_type complaint_date created_at`,
  WebauthnCredential: 'id user_id name credential_data created_at updated_at logged_in_at',
  ReportRequest: 'id user_id service_id report_type status parameter created_at updated_at',
  Provider: `id display_name identifier priority notification_type active updated_at supports_international
    created_by_name reason current_month_billable_sms`,
  ReturnedLetter: `notification_id client_reference reported_at created_at template_name template_id template_version
    user_name email_address original_file_name job_row_number uploaded_letter_file_name`,
  UnsubscribeReport: `batch_id count created_at earliest_timestamp latest_timestamp processed_by_service_at
    is_a_batched_report will_be_archived_at service_id`,
  Unsubscribe: `email_address template_name original_file_name template_sent_at unsubscribe_request_received_at`,
  Usage: 'notification_type chargeable_units notifications_sent rate cost free_allowance_used charged_units',
  LetterRate: 'sheet_count start_date rate post_class',
  Totals: 'requested delivered failed',
  PlatformTotals: 'total test-key failures',
  Failures: 'technical-failure permanent-failure temporary-failure virus-scan-failed',
  LiveService: `service_id service_name organisation_name organisation_type consent_to_research contact_name contact_email
    contact_mobile live_date sms_volume_intent email_volume_intent letter_volume_intent email_totals sms_totals
    letter_totals free_sms_fragment_limit`,
  Performance: `total_notifications email_notifications sms_notifications letter_notifications notifications_by_type
    processing_time live_service_count services_using_notify`,
  Event: 'id event_type data created_at',
} as const;

/** What an answer consists of: what is asked, where in the answer the object stands, its shape, and the body of a POST. */
export type Answer = readonly [url: string, path: string, shape: keyof typeof SHAPES, body?: object];

type Named =
  | 'service'
  | 'template'
  | 'user'
  | 'address'
  | 'organisation'
  | 'notification'
  | 'callback'
  | 'joinRequest';

export function answersOf(ids: Record<Named | 'report' | 'batch', string>): readonly Answer[] {
  const S = `/service/${ids.service}`;
  const T = `${S}/template/${ids.template}`;
  const year = 'year=2026';
  return [
    [`/user/${ids.user}`, 'data', 'User'],
    [`${S}/users`, 'data.0', 'User'],
    [`/organisations/${ids.organisation}/users`, 'data.0', 'User'],
    ['/user/email', 'data', 'User', { email: ids.address }],
    ['/user/find-users-by-email', 'data.0', 'UserFound', { email: 'person' }],
    ['/platform-admin/users-list', 'data.0', 'User', { take_part_in_research: true }],
    [`/user/${ids.user}/organisations-and-services`, 'organisations.0', 'OrganisationLink'],
    [`/user/${ids.user}/organisations-and-services`, 'services.0', 'ServiceLink'],
    [`/user/${ids.user}/webauthn`, 'data.0', 'WebauthnCredential'],
    [S, 'data', 'Service'],
    ['/service', 'data.0', 'Service'],
    ['/service?detailed=True', 'data.0', 'ServiceInList'],
    ['/service?detailed=True', 'data.0.statistics.sms', 'Totals'],
    ['/service/find-services-by-name?service_name=pigeon', 'data.0', 'ServiceFound'],
    ['/service/live-services-data', 'data.0', 'LiveService'],
    [`${S}/statistics`, 'data.letter', 'Totals'],
    [`${S}/history`, 'data.api_key_history.0', 'ApiKeyVersion'],
    [`${S}/organisation`, '', 'Organisation'],
    [`/organisations/${ids.organisation}`, '', 'Organisation'],
    ['/organisations', '0', 'OrganisationInList'],
    ['/organisations/search?name=loft', 'data.0', 'OrganisationInList'],
    [`/organisations/${ids.organisation}/services`, '0', 'Service'],
    [`/organisations/${ids.organisation}/services-with-usage?${year}`, 'services.0', 'ServiceUsage'],
    [T, 'data', 'Template'],
    [`${T}/preview?name=x`, 'data', 'Template'],
    [`${T}/versions`, 'data.0', 'TemplateVersion'],
    [`${T}/version/1`, 'data', 'TemplateVersion'],
    [`${T}/version/1`, 'data.created_by', 'Person'],
    [`${S}/template`, 'data.0', 'Template'],
    [`${S}/template?detailed=False`, 'data.0', 'TemplateInList'],
    [`${S}/template/precompiled`, '', 'Template'],
    [`${S}/template-statistics`, 'data.0', 'TemplateUse'],
    [`${S}/template-folder`, 'template_folders.0', 'TemplateFolder'],
    [`${S}/notifications/${ids.notification}`, '', 'Notification'],
    [`${S}/notifications/${ids.notification}`, 'created_by', 'Person'],
    [`${S}/notifications/${ids.notification}`, 'template', 'SentTemplate'],
    [`${S}/notifications`, 'notifications.0', 'Notification'],
    [`${S}/notifications?limit_days=0`, 'notifications.0', 'Notification'],
    [`${S}/notifications/csv`, 'notifications.0', 'NotificationForCsv'],
    [`${S}/job`, 'data.0', 'Job'],
    [`${S}/job?limit_days=0`, 'data.0', 'Job'],
    [`${S}/upload`, 'data.0', 'Upload'],
    [`${S}/api-keys`, 'apiKeys.0', 'ApiKey'],
    [`${S}/sms-sender`, '0', 'SmsSender'],
    [`${S}/email-reply-to`, '0', 'EmailReplyTo'],
    [`${S}/letter-contact`, '0', 'LetterContact'],
    [`${S}/callback-api/${ids.callback}?callback_type=complaint`, 'data', 'Callback'],
    [`${S}/data-retention`, '0', 'DataRetention'],
    [`${S}/data-retention/notification-type/sms`, '', 'DataRetention'],
    [`${S}/inbound-sms`, 'data.0', 'InboundSms', {}],
    [`${S}/inbound-sms/most-recent`, 'data.0', 'InboundSms'],
    ['/inbound-number', 'data.0', 'InboundNumber'],
    [`/inbound-number/service/${ids.service}`, 'data', 'InboundNumber'],
    [`${S}/invite`, 'data.0', 'InvitedUser'],
    [`/organisation/${ids.organisation}/invite`, 'data.0', 'InvitedOrgUser'],
    [`${S}/service-join-request/${ids.joinRequest}`, '', 'ServiceJoinRequest'],
    [`${S}/service-join-request/${ids.joinRequest}`, 'requester', 'Requester'],
    ['/email-branding', 'email_branding.0', 'EmailBranding'],
    ['/letter-branding', '0', 'LetterBranding'],
    ['/complaint', 'complaints.0', 'Complaint'],
    [`${S}/report-request/${ids.report}`, 'data', 'ReportRequest'],
    ['/provider-details', 'provider_details.0', 'Provider'],
    [`${S}/returned-letters?reported_at=2026-08-04`, 'returned_letters.0', 'ReturnedLetter'],
    [`${S}/unsubscribe-request-reports-summary`, '0', 'UnsubscribeReport'],
    [`${S}/unsubscribe-request-report/${ids.batch}`, 'unsubscribe_requests.0', 'Unsubscribe'],
    [`${S}/billing/yearly-usage-summary?${year}`, '0', 'Usage'],
    ['/letter-rates/', '0', 'LetterRate'],
    ['/platform-stats', 'sms', 'PlatformTotals'],
    ['/platform-stats', 'letter.failures', 'Failures'],
    ['/performance-dashboard', '', 'Performance'],
  ];
}
