"""HPSM's web services to rehearse against: REST and SOAP over real HTTP, from one database.

They read the SQLite database that `make_database` makes (the classic layout) and never write to it.
Served are `/SM/9/rest` (service document, collections, records, attachments), POST `/SM/7/ws`
(Retrieve, RetrieveList, RetrieveKeysList), `/SM/7/{Service}.wsdl` and its schemas. Only what the
extaccess records of this installation show is seen (`extaccess`). Not shown:

- as a kind of its own: members of groups (they are the array `Operators` of a group), security
  groups of operators, clocks, standard texts, line items of requests
- fields: of incidents REFERENCE_NO, SLA_REMAINING and FLAG; of contacts MANAGER; of departments
  SYSMODTIME, so that they cannot be read by delta; of relations PRIMARY_CI
- attachments of no record, and those of another TYPE than 5

Where the vendor's pages and public clients are silent or leave a choice:

| matter                                   | seen                 | here                          |
|------------------------------------------|----------------------|-------------------------------|
| list without records, REST               | 200 with `@count` 0  | so, or 404 and ReturnCode 9   |
| list without records, SOAP               | –                    | FAILURE, returnCode 9         |
| list of attachments, REST                | `content` of it      | with the head of other lists  |
| service document                         | a table in a page    | an HTML page                  |
| `count=0`                                | as view=summary      | so                            |
| view=summary                             | –                    | the keys and a field or two   |
| order without `sort`                     | –                    | by key                        |
| objects of several keys, REST            | –                    | only as a list                |
| `field~=value`, `field>=value`           | `~` by one client    | so                            |
| times in queries                         | profile's form; ISO  | both                          |
| text compared                            | by the database      | exactly, capitals matter      |
| `~=` and what is empty                   | –                    | empty is not equal            |
| durations                                | dates from 4000      | so, as DateTime in GMT        |
| a logical that is neither                | –                    | left out                      |
| control characters in XML                | –                    | dropped                       |
| empty lines of an array, SOAP            | –                    | kept as empty elements        |
| contents of attachments, SOAP            | MTOM; base64         | base64 inline, or MTOM        |
| a handle that is not known               | –                    | searched anew by the keys     |
| attachment that cannot be read to an end | –                    | as far as it can              |
| too many threads, SOAP                   | –                    | 401 with a fault              |
| field without a type in extaccess, SOAP  | String               | typed; text as a quirk        |
| POST, PUT, DELETE, actions               | served               | 405                           |

`rules.Rules` and `query.Profile` say what an installation may choose; `faults` how it misbehaves.
"""
