"""A TOPdesk to rehearse against: the API that migrate writes to, over real HTTP, with state.

It follows TOPdesk's published specifications: incidents 4.2.6, supporting files 2.7.11, general
1.2.0. Served so far, under `/tas/api`:

- `version`, `productVersion`, `archiving-reasons`, `categories`, `permissiongroups`
- `branches`, `locations`: GET, POST, GET/PATCH/PUT id, archive, unarchive
- `departments`, `budgetholders`: GET, POST, PATCH, DELETE, archive, unarchive
- `persons` (v2): GET, count, POST, GET/PATCH id, archive, unarchive
- `operators`: GET, current, current/id, POST, GET/PATCH/PUT id, archive, unarchive, memberships,
  permission groups, filters
- `operatorgroups`: GET, POST, GET/PATCH/PUT id, operators, archive, unarchive
- `incidents`: GET, POST; by id and by number GET/PATCH/PUT, escalate, deescalate, archive,
  unarchive, progress trail, actions, requests, attachments, time spent; the read-only lists
- `languages`; `services`: GET, POST, GET id

Under `/services/knowledge-base-v1`, in the form after the explorer migration or before it:
`explorer/migrated`, `folders`, `knowledgeItems` with translations, images and attachments, move,
archive, unarchive; `knowledgeItemStatuses`.

Where the specification is silent or leaves a choice:

| matter                                | documented   | here     | here it is                     |
|---------------------------------------|--------------|----------|--------------------------------|
| unknown parameter, unknown `fields`   | silent       | stricter | 400                            |
| incident `optionalFields` text        | no limit     | stricter | 100 characters, as elsewhere   |
| `branch` of a person                  | optional     | stricter | required                       |
| `isCaller` of a new person            | silent       | stricter | false unless given             |
| branch name                           | silent       | stricter | unique, in any case            |
| operators of one person               | silent       | stricter | one                            |
| operator given without a group        | silent       | stricter | checked against the stored one |
| assignee without the line's task      | silent       | stricter | 400, "cannot be found"         |
| e-mail of two callers in a look-up    | silent       | stricter | 400, not unique                |
| escalating without the line's task    | silent       | stricter | 400                            |
| raw line feed in a text               | silent       | stricter | a blank in `plainText`         |
| persons without `fields`              | "limited"    | stricter | no key to match people by      |
| archived person, group …, PATCH       | silent       | stricter | 403                            |
| booleans, costs as text, on incidents | by example   | as there | taken                          |
| id in a body that does not exist      | 404 or 400   | both     | incidents 404, cards 400       |
| name in a body that does not exist    | silent       | –        | 400                            |
| tags other than the allowed           | silent       | –        | dropped, their text stays      |
| text in FIQL                          | silent       | –        | compared in any case           |
| time spent                            | a feature    | laxer    | always on                      |
| operator of time, not in the group    | "must match" | as there | 400                            |
| a further call on a closed major call | silent       | laxer    | taken                          |
| a picture over 450 pixels in a text   | unsupported  | laxer    | kept                           |
| `completedDate` on its own            | silent       | laxer    | left out without a word        |
| status "completed", "closed"          | settings     | –        | changes only `onHold`          |
| values of a status's settings         | free text    | –        | yes, no; registered, closed …  |
| `status` of cards                     | free text    | –        | active, operatorArchived …     |
| `page_size` 0 of actions, requests    | allowed      | –        | as many as there may be        |
| default order of incidents            | silent       | –        | of creation                    |
| `networkLoginName` read               | 20 letters   | laxer    | whole, unless started to cut   |
| assets, suppliers, languages          | –            | –        | empty lists: nothing is found  |
| size of images and attachments        | 450 × 450 px | laxer    | any                            |
| Content-Type of a JSON body           | JSON         | laxer    | not looked at                  |
| duration, target date from priority   | settings     | laxer    | only what is given             |
| knowledge without `language`          | "requested"  | stricter | English: the rest is not there |
| archived knowledge in a list          | silent       | stricter | only where `archived` is asked |
| visibility of a new item              | silent       | stricter | its folder's                   |
| picture that was not uploaded         | "must be"    | stricter | 400                            |
| knowledge, unknown `fields`           | silent       | stricter | 400                            |
| two services of one name              | silent       | laxer    | taken                          |
| permissions, filters, must-fill       | tenant's     | laxer    | none: the operator may do all  |
"""
