package dev.turnout.flags.http.server;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Something to look at while working on the console: three nodes, a slow old path, some traffic. Arguments: port, share in ppm. */
final class ConsoleDemo {
    private static final int KEYS = 1_000;
    private static final int THREADS_PER_NODE = 3;

    private ConsoleDemo() {}

    /** A path whose calls take a while. */
    private static final class SlowPath extends MapPath {
        private final long micros;

        SlowPath(long micros) {
            this.micros = micros;
        }

        private void pause() {
            double spread = Math.exp(ThreadLocalRandom.current().nextGaussian() * 0.35);
            LockSupport.parkNanos((long) (micros * 1_000 * spread));
        }

        @Override
        public Versioned<String> read(String key) {
            pause();
            return super.read(key);
        }

        @Override
        public boolean writeIfNewer(String key, Versioned<String> record) {
            pause();
            return super.writeIfNewer(key, record);
        }
    }

    public static void main(String[] args) throws Exception {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
        int share = args.length > 1 ? Integer.parseInt(args[1]) : 100_000;
        InMemoryFlagStore store = new InMemoryFlagStore(DocumentReader.read("demo", """
                version: 1
                cohorts:
                  beta: { members: [ana, bo] }
                  pilot-keys: { members: ["k-1", "k-2", "k-3"] }
                flags:
                  new-checkout:
                    type: boolean
                    description: The checkout in one page
                    default: "off"
                    rules:
                      - { cohorts: [beta], variant: "on" }
                      - { when: [{ attribute: country, in: [DE, FR] }], share: 50000, variant: "on" }
                  theme:
                    type: string
                    description: Colours of the start page
                    variants: { dark: "#111", light: "#fff" }
                    default: light
                    owner: team-start
                    tags: [web]
                    requires: { new-checkout: ["on", "off"] }
                    rules: [{ share: 250000, split: { dark: 500000, light: 500000 } }]
                  legacy-export: { type: boolean, default: "on", enabled: false }
                """));
        FleetStore fleet = FleetStore.inMemory();
        Journal<String> journal = Journal.inMemory();
        SlowPath oldPath = new SlowPath(2_600);
        SlowPath newPath = new SlowPath(900);
        List<Migration<String, String>> nodes = new ArrayList<>();
        FlagServer.Builder server = null;
        for (String name : List.of("eu-1", "eu-2", "us-1")) {
            Flags flags = Flags.builder(store).node(name).fleet(fleet).build();
            Migration<String, String> node = Migration.named("places-v2", oldPath, newPath)
                    .journal(journal)
                    .build(flags);
            nodes.add(node);
            server = (server == null ? FlagServer.builder(flags) : server).migration(node);
        }
        Controller controller = Controller.of(nodes.get(0));
        FlagServer running = server.controller(controller).port(port).build().start();
        System.out.println(running.uri());
        nodes.forEach(ConsoleDemo::traffic);
        controller
                .moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "writes to both, to fill the new store")
                .get(60, TimeUnit.SECONDS);
        var sweep = nodes.get(0).beginSweep();
        for (int key = 0; key < KEYS; key++) {
            nodes.get(0).reconciler().reconcile("k-" + key, Side.OLD);
        }
        sweep.finished("backfill");
        controller
                .moveTo(Goal.of(Stage.SHADOW), "ana", "compare reads for a day")
                .get(60, TimeUnit.SECONDS);
        if (share > 0) {
            controller.moveTo(Goal.of(Stage.LIVE, 10_000), "bo", "first keys").get(60, TimeUnit.SECONDS);
            controller
                    .moveTo(Goal.of(Stage.LIVE, share), "bo", "one day without a difference, p99 is fine")
                    .get(60, TimeUnit.SECONDS);
        }
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void traffic(Migration<String, String> node) {
        for (int i = 0; i < THREADS_PER_NODE; i++) {
            Thread thread = new Thread(() -> {
                while (true) {
                    String key = "k-" + ThreadLocalRandom.current().nextInt(KEYS);
                    try {
                        if (ThreadLocalRandom.current().nextInt(8) == 0) {
                            node.put(key, "value");
                        } else {
                            node.get(key);
                        }
                    } catch (RuntimeException e) {
                        System.err.println(e.getMessage());
                    }
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
    }
}
