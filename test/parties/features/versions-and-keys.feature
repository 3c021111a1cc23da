Feature: Versions and keys
  Every request but the status names a version and brings the key of an application.

  Scenario: The status needs neither
    Given the request headers
      | name   | value  |
      | apikey | (none) |
    When I make a "GET" request to "_status"
    Then the status code is 200
    And the response body is '{"code": "OK", "message": "Transaction successful"}'
    And the response header "Version" is "null"

  Scenario Outline: A version selects the largest one that is implemented
    Given the request headers
      | name    | value     |
      | version | <version> |
    When I make a "GET" request to "Product/P.AAA-AAA"
    Then the status code is 404
    And the response header "Version" is "1"

    Examples:
      | version |
      | 1       |
      | 2       |
      | 1000    |

  Scenario Outline: A version that selects none is refused
    Given the request headers
      | name    | value     |
      | version | <version> |
    When I make a "GET" request to "Product/P.AAA-AAA"
    Then the status code is <status>
    And the errors are
      | code   | message   |
      | <code> | <message> |
    And the response header "Version" is "null"

    Examples:
      | version | status | code             | message                                              |
      | (none)  | 400    | MISSING_VALUE    | Event.headers.version: field required                |
      | 1.0     | 400    | VALIDATION_ERROR | Event.headers.version: value is not a valid integer  |
      | abc     | 400    | VALIDATION_ERROR | Event.headers.version: value is not a valid integer  |
      | 0       | 403    | ACCESS_DENIED    | Version not supported: 0                             |
      | -5      | 403    | ACCESS_DENIED    | Version not supported: -5                            |

  Scenario: A path that nobody knows
    Given the request headers
      | name    | value |
      | version | 1     |
    When I make a "GET" request to "Nothing"
    Then the status code is 403
    And the response body is '{"errors":[{"code":"PROCESSING","message":"Missing Authentication Token"}]}'
