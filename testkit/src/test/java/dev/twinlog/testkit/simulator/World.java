package dev.twinlog.testkit.simulator;

import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.VirtualClock;
import dev.twinlog.testkit.simulator.model.Agenda;
import dev.twinlog.testkit.simulator.model.ModelKafka;
import java.util.Random;

/** The surroundings of the link's instances: clusters, state topic, time and randomness. */
record World(
    Agenda agenda,
    VirtualClock clock,
    Random random,
    Scenario scenario,
    InMemoryCluster source,
    SourceTopic topic,
    ModelKafka kafka,
    TargetTruth target,
    OwnerTopic owners,
    DeadLetterTopic letters,
    Trace trace) {}
