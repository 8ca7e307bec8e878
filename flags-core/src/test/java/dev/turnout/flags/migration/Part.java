package dev.turnout.flags.migration;

import java.util.List;

/** One kind of what happens in a world. */
interface Part {
    /** What can happen now, in an order that depends on nothing else. */
    void addEvents(List<World.Event> events);

    /** All that later events depend on, besides what the nodes and stores show of themselves. */
    default String state() {
        return "";
    }
}
