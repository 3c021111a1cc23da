-- works with programs since 0005
-- For lists of the texts alone of a service that sends millions of emails; emails, which are most, pay nothing for it.
create index notifications_service_texts_idx on notify.notifications (service_id, key_type, created_at, id)
  where notification_type = 'sms';
