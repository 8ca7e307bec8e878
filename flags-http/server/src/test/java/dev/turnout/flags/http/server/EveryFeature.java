package dev.turnout.flags.http.server;

import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.store.InMemoryFlagStore;

/** Flags that have all that flags can have. */
final class EveryFeature {
    private static final String DOCUMENT = """
            version: 1
            cohorts:
              beta:
                members: [ana, bo]
              testers:
                when:
                  - { any: [{ cohort: beta }, { attribute: email, endsWith: ["@example.org"] }] }
              empty: {}
            flags:
              everything:
                type: object
                description: How large the new start page is
                owner: team-start
                tags: [web, growth]
                expires: 2020-06-30
                variants:
                  small: { limit: 10, ratio: 1.0, "10": x, "2": y, deep: { list: [1, null, true] } }
                  large: { limit: 9007199254740993, ratio: 2.5 }
                default: small
                requires: { gate: ["on", maybe] }
                schedule: { from: "2024-01-01T00:00:00Z", until: "2999-01-01T00:00:00Z" }
                bucketing: { hash: murmur3_32, salt: start, by: account }
                rules:
                  - cohorts: [testers, empty]
                    when: [{ attribute: country, in: [DE, FR, IT, ES, PT, PL, 7] }]
                    share: 400000
                    split: { small: 300000, large: 700000 }
                  - when: [{ attribute: plan, equals: pro }]
                    split: { small: 500000, large: 500000 }
                  - when: [{ not: { attribute: version, semver: { atLeast: 2.1.0, below: "3.0" } } }]
                    share:
                      - { from: "2024-02-01T08:00:00Z", share: 50000 }
                      - { from: "2024-03-01T08:00:00Z", share: 125000 }
                      - { from: "2999-03-01T08:00:00Z", share: 1000000 }
                    variant: large
                  - when:
                      - all:
                          - { attribute: age, number: { above: 17.5, atMost: 67 } }
                          - { attribute: since, date: { below: "2026-01-01T00:00:00Z" } }
                          - { attribute: staff, equals: false }
                      - any:
                          - { attribute: ip, cidr: [10.0.0.0/8, "::1"] }
                          - { attribute: device, matches: "i(Phone|Pad).*" }
                          - { attribute: groups, contains: [alpha] }
                          - { attribute: name, startsWith: [A, B] }
                      - { attribute: phone, present: false }
                      - { not: { cohort: beta } }
                      - { not: { all: [{ attribute: x, equals: 1 }, { attribute: y, present: true }] } }
                    share: 0
                    variant: large
              gate:
                type: string
                variants: { "on": "yes", maybe: "perhaps" }
                default: "on"
              far:
                type: float
                expires: 2999-12-31
                variants: { a: 1.0, b: 0.25 }
                default: a
                schedule: { from: "+20000-01-01T00:00:00Z" }
                rules:
                  - share: [{ from: "-20000-01-01T00:00:00Z", share: 10 }, { from: "+20000-01-01T00:00:00Z", share: 20 }]
                    split: { a: 1000000, b: 0 }
              big:
                type: integer
                variants: { "2": 9007199254740993, "1": -9007199254740993 }
                default: "1"
                schedule: { until: "2999-01-01T00:00:00Z" }
                rules:
                  - { cohorts: [beta], variant: "2" }
                  - { share: 500000, split: { "2": 250000, "1": 750000 } }
              turned-off:
                type: boolean
                enabled: false
                default: "on"
            """;

    private EveryFeature() {}

    static InMemoryFlagStore store() {
        return new InMemoryFlagStore(DocumentReader.read("test.yaml", DOCUMENT));
    }
}
