Feature: Product teams
  A product team owns products and belongs to an organisation. It has a generated id, and can bring one of its own.

  Background:
    Given the request headers
      | name          | value   |
      | version       | 1       |
      | authorization | letmein |

  Scenario: A team with a key is created, and read by either of its ids
    When I make a "POST" request to "ProductTeam" with the body
      | path             | value           |
      | ods_code         | F5H1R           |
      | name             | Bed Board Team  |
      | keys.0.key_type  | product_team_id |
      | keys.0.key_value | ${ uuid() }     |
    Then the status code is 201
    And the response fields are "id, name, ods_code, status, created_on, updated_on, deleted_on, keys"
    And the response field "id" looks like "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    And the response field "name" is "Bed Board Team"
    And the response field "status" is "active"
    And the response field "created_on" looks like "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"
    And the response field "updated_on" is null
    And the response field "deleted_on" is null
    And the response body has 299 characters
    And the response header "Content-Type" is "application/json"
    And the response header "Version" is "1"
    And the Content-Length is that of the body
    And I note the response field "id" as "team_id"
    And I note the response field "keys.0.key_value" as "team_alias"
    When I make a "GET" request to "ProductTeam/${ note(team_id) }"
    Then the status code is 200
    And the response field "id" is "${ note(team_id) }"
    When I make a "GET" request to "ProductTeam/${ note(team_alias) }"
    Then the status code is 200
    And the response field "id" is "${ note(team_id) }"
    And the Content-Length is that of the body

  Scenario: A team needs no keys
    When I make a "POST" request to "ProductTeam" with the body
      | path     | value         |
      | ods_code | F5H1R         |
      | name     | Keyless Team  |
    Then the status code is 201
    And the response body has 213 characters
    And the response field "keys.0" is absent

  Scenario: A deleted team is gone, and its own id can be used again
    When I make a "POST" request to "ProductTeam" with the body
      | path             | value           |
      | ods_code         | F5H1R           |
      | name             | First Team      |
      | keys.0.key_type  | product_team_id |
      | keys.0.key_value | ${ uuid() }     |
    Then the status code is 201
    And I note the response field "id" as "first_id"
    And I note the response field "keys.0.key_value" as "reused_alias"
    When I make a "POST" request to "ProductTeam" with the body
      | path             | value                   |
      | ods_code         | F5H1R                   |
      | name             | Second Team             |
      | keys.0.key_type  | product_team_id         |
      | keys.0.key_value | ${ note(reused_alias) } |
    Then the status code is 400
    And the errors are
      | code             | message             |
      | VALIDATION_ERROR | Item already exists |
    When I make a "DELETE" request to "ProductTeam/${ note(reused_alias) }"
    Then the status code is 200
    And the response field "code" is "RESOURCE_DELETED"
    And the response field "message" is "${ note(first_id) } has been deleted."
    When I make a "GET" request to "ProductTeam/${ note(first_id) }"
    Then the status code is 404
    And the errors are
      | code               | message                                                   |
      | RESOURCE_NOT_FOUND | Could not find ProductTeam for key ('${ note(first_id) }') |
    When I make a "POST" request to "ProductTeam" with the body
      | path             | value                   |
      | ods_code         | F5H1R                   |
      | name             | Second Team             |
      | keys.0.key_type  | product_team_id         |
      | keys.0.key_value | ${ note(reused_alias) } |
    Then the status code is 201

  Scenario Outline: A team of the wrong form is refused
    When I make a "POST" request to "ProductTeam" with the text '<body>'
    Then the status code is 400
    And the response field "errors.0.code" is "<code>"
    And the response field "errors.0.message" is "<message>"
    And the Content-Length is that of the body

    Examples:
      | body                                | code             | message                                                                                     |
      | {                                   | VALIDATION_ERROR | Invalid JSON body was provided: line 1 column 2 (char 1)                                    |
      | {}                                  | MISSING_VALUE    | CreateProductTeamIncomingParams.ods_code: field required                                    |
      | []                                  | VALIDATION_ERROR | CreateProductTeamIncomingParams.__root__: value is not a valid dict                         |
      | {"ods_code": "F5H1R", "name": ""}   | VALIDATION_ERROR | CreateProductTeamIncomingParams.name: ensure this value has at least 1 characters           |
      | {"ods_code": "F5H1R", "name": null} | VALIDATION_ERROR | CreateProductTeamIncomingParams.name: none is not an allowed value                          |
      | {"ods_code": "F5H1R", "name": "A", "id": "x"} | VALIDATION_ERROR | CreateProductTeamIncomingParams.id: extra fields not permitted                    |
      | {"ods_code": "F5H1R", "name": "A", "keys": [{"key_type": "x", "key_value": "y"}]} | VALIDATION_ERROR | CreateProductTeamIncomingParams.keys.0.key_type: value is not a valid enumeration member; permitted: 'product_team_id' |

  Scenario: A team of an unknown organisation is refused
    When I make a "POST" request to "ProductTeam" with the body
      | path     | value         |
      | ods_code | F5H1R-UNKNOWN |
      | name     | Nowhere Team  |
    Then the status code is 422
    And the errors are
      | code                 | message                                                                                                                     |
      | UNPROCESSABLE_ENTITY | Invalid ODS Code: could not resolve 'https://directory.spineservices.nhs.uk/ORD/2-0-0/organisations/F5H1R-UNKNOWN' |
