Feature: Products
  A product is a system that connects to national interfaces. It belongs to a product team.

  Background:
    Given the request headers
      | name          | value   |
      | version       | 1       |
      | authorization | letmein |
    And I make a "POST" request to "ProductTeam" with the body
      | path             | value           |
      | ods_code         | F5H1R           |
      | name             | Owning Team     |
      | keys.0.key_type  | product_team_id |
      | keys.0.key_value | ${ uuid() }     |
    And I note the response field "id" as "owner_id"
    And I note the response field "keys.0.key_value" as "owner_alias"

  Scenario: A product is created by the alias of its team and read by its id
    When I make a "POST" request to "ProductTeam/${ note(owner_alias) }/Product" with the body
      | path | value      |
      | name | Bed Finder |
    Then the status code is 201
    And the response fields are "id, cpm_product_team_id, product_team_id, name, ods_code, status, created_on, updated_on, deleted_on, keys"
    And the response field "id" looks like "P\.[ACDEFGHJKLMNPRTUVWXY34679]{3}-[ACDEFGHJKLMNPRTUVWXY34679]{3}"
    And the response field "cpm_product_team_id" is "${ note(owner_id) }"
    And the response field "product_team_id" is "${ note(owner_alias) }"
    And the response body has 306 characters
    And I note the response field "id" as "product_id"
    When I make a "GET" request to "Product/${ note(product_id) }"
    Then the status code is 200
    And the response field "name" is "Bed Finder"
    And the Content-Length is that of the body
    When I make a "DELETE" request to "ProductTeam/${ note(owner_id) }"
    Then the status code is 409
    And the errors are
      | code     | message                                                                                            |
      | CONFLICT | Product Team cannot be deleted as it still has associated Product Ids ['${ note(product_id) }'] |
    When I make a "DELETE" request to "ProductTeam/${ note(owner_id) }/Product/${ note(product_id) }"
    Then the status code is 200
    And the response body is '{"code": "RESOURCE_DELETED", "message": "${ note(product_id) } has been deleted."}'
    And the response body has 70 characters
    When I make a "DELETE" request to "ProductTeam/${ note(owner_alias) }/Product/${ note(product_id) }"
    Then the status code is 404
    And the errors are
      | code               | message                                                                                  |
      | RESOURCE_NOT_FOUND | Could not find CpmProduct for key ('${ note(owner_id) }', '${ note(product_id) }') |
    When I make a "GET" request to "Product/${ note(product_id) }"
    Then the status code is 404

  Scenario: Products are searched by team and come ordered by id
    When I make a "POST" request to "ProductTeam/${ note(owner_id) }/Product" with the body
      | path | value |
      | name | One   |
    Then the status code is 201
    When I make a "POST" request to "ProductTeam/${ note(owner_id) }/Product" with the body
      | path | value |
      | name | Two   |
    Then the status code is 201
    When I make a "GET" request to "Product?product_team_id=${ note(owner_alias) }"
    Then the status code is 200
    And the response field "results.0.org_code" is "F5H1R"
    And the response field "results.0.product_teams.0.cpm_product_team_id" is "${ note(owner_id) }"
    And the response field "results.0.product_teams.0.product_team_id" is "${ note(owner_alias) }"
    And the response field "results.0.product_teams.0.products.1.status" is "active"
    And the response field "results.0.product_teams.0.products.2" is absent
    And the response body has 795 characters

  Scenario: A search that finds nothing
    When I make a "GET" request to "Product?product_team_id=nobody"
    Then the status code is 200
    And the response body is '{"results": []}'

  Scenario Outline: A product of the wrong form is refused before its team is looked up
    When I make a "POST" request to "ProductTeam/nobody/Product" with the text '<body>'
    Then the status code is 400
    And the response field "errors.0.message" is "<message>"

    Examples:
      | body                      | message                                                                          |
      | {                         | Invalid JSON body was provided: line 1 column 2 (char 1)                         |
      | {}                        | CreateCpmProductIncomingParams.name: field required                              |
      | {"name": " "}             | CreateCpmProductIncomingParams.name: ensure this value has at least 1 characters |
      | {"name": "A", "foo": "x"} | CreateCpmProductIncomingParams.foo: extra fields not permitted                   |

  Scenario: A product of an unknown team is refused
    When I make a "POST" request to "ProductTeam/nobody/Product" with the body
      | path | value |
      | name | One   |
    Then the status code is 404
    And the errors are
      | code               | message                                       |
      | RESOURCE_NOT_FOUND | Could not find ProductTeam for key ('nobody') |

  Scenario Outline: A search needs exactly one parameter
    When I make a "GET" request to "Product<query>"
    Then the status code is 400
    And the response field "errors.<index>.message" is "SearchProductQueryParams.__root__: Please provide exactly one valid query parameter: ('product_team_id', 'organisation_code')."

    Examples:
      | query                                  | index |
      |                                        | 0     |
      | ?product_team_id=a&organisation_code=b | 0     |
      | ?foo=bar                               | 1     |
