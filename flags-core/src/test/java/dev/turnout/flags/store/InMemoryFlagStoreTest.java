package dev.turnout.flags.store;

class InMemoryFlagStoreTest extends FlagStoreContract {
    @Override
    EditableFlagStore open() {
        return new InMemoryFlagStore();
    }
}
