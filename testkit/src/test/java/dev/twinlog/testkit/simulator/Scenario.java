package dev.twinlog.testkit.simulator;

import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.testkit.simulator.model.ModelTimes;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;

/**
 * The conditions of a simulation, drawn from a seed.
 *
 * @param sourcePartitions of the one topic
 * @param targetPartitions of the topic that it is copied into
 * @param mapper the partition mapper
 * @param filter whether a transform drops every third record
 * @param lanes of the link
 * @param ages the timestamps of records
 * @param memoryMs how long brokers remember a producer
 * @param quick whether networks, clusters and stores answer at once
 * @param firstEpoch that transactional ids begin with: 0, or near the end of all epochs
 * @param markersAllowed whether clients may write markers themselves
 * @param produceVersion of the brokers
 * @param far whether the writers know the target to be far
 * @param foreign whether other producers write to the target topic
 * @param loses whether acknowledged records may be lost: by unclean elections, by retention
 * @param compoundFaults the compound faults that may occur
 * @param steps the number of faults
 * @param move what becomes of the link
 * @param reversed whether a link that was moved is turned round afterwards
 */
record Scenario(
    int sourcePartitions,
    int targetPartitions,
    Mapping mapper,
    boolean filter,
    int lanes,
    Ages ages,
    long memoryMs,
    boolean quick,
    int firstEpoch,
    boolean markersAllowed,
    int produceVersion,
    boolean far,
    boolean foreign,
    boolean loses,
    Set<CompoundFault> compoundFaults,
    int steps,
    Move move,
    boolean reversed) {

  private static final long LIFE_MS = 900;

  /** The link rotates its transactional id soon. */
  private static final int LAST_OF_LINK = 29_990;

  /** The coordinator assigns another producer id soon. */
  private static final int LAST_OF_ALL = 32_764;

  /** The partition mapper. */
  enum Mapping {
    IDENTITY,
    MODULO,
    KEY_HASH;

    PartitionMapper mapper() {
      return switch (this) {
        case IDENTITY -> PartitionMapper.identity();
        case MODULO -> PartitionMapper.modulo();
        case KEY_HASH -> PartitionMapper.keyHash();
      };
    }
  }

  /** The timestamps of records. */
  enum Ages {
    /** The time at which they are produced. */
    NOW,
    /** Older than the producer id expiration of brokers. */
    OLD,
    /** None, or 1970. */
    NONE,
    /** Any of these. */
    MIXED
  }

  /** How the link is moved to its target. */
  enum Move {
    /** Not at all. */
    NONE,
    /** By a failover from another process. */
    FAILOVER,
    /** By a switchover in the instance that runs it; a failover may come in between. */
    SWITCHOVER;

    /** A failover in one of four scenarios, a switchover in one of eight. */
    static Move drawn(Random random) {
      return switch (random.nextInt(4)) {
        case 0 -> FAILOVER;
        case 1 -> random.nextBoolean() ? SWITCHOVER : NONE;
        default -> NONE;
      };
    }
  }

  /**
   * Draws a scenario.
   *
   * @param random decides all but moves
   * @param moves decides moves, so that a seed without one is the same with other moves
   * @param reversals decides reversals, likewise
   */
  static Scenario of(Random random, Random moves, Random reversals) {
    Scenario drawn = of(random).reversing(reversals.nextBoolean());
    return drawn.moving(Move.drawn(moves));
  }

  private static Scenario of(Random random) {
    Mapping mapper =
        switch (random.nextInt(5)) {
          case 0 -> Mapping.MODULO;
          case 1 -> Mapping.KEY_HASH;
          default -> Mapping.IDENTITY;
        };
    int partitions = 1 + random.nextInt(3);
    return new Scenario(
        partitions,
        mapper == Mapping.MODULO ? 1 + random.nextInt(2) : partitions,
        mapper,
        random.nextInt(4) == 0,
        1 + random.nextInt(2),
        Ages.values()[random.nextInt(Ages.values().length)],
        random.nextBoolean() ? 60_000 : 300_000,
        random.nextInt(4) == 0,
        firstEpoch(random),
        random.nextInt(3) > 0,
        random.nextInt(3) == 0 ? 9 : 13,
        random.nextInt(3) == 0,
        random.nextInt(3) == 0,
        random.nextInt(5) == 0,
        CompoundFault.drawn(random),
        40 + random.nextInt(60),
        Move.NONE,
        false);
  }

  private static int firstEpoch(Random random) {
    if (random.nextInt(6) > 0) {
      return 0;
    }
    return random.nextBoolean() ? LAST_OF_LINK : LAST_OF_ALL;
  }

  /**
   * How late a request may still be executed: less than the margin that links subtract from the
   * producer id expiration of brokers. Where brokers may have forgotten producers, less than the
   * time between the end of a former owner's lease and the first record of the next owner: no fence
   * stops the former owner's last requests there.
   */
  long lateMs() {
    return ages == Ages.NOW ? memoryMs / 5 : LIFE_MS;
  }

  ModelTimes times() {
    return quick
        ? new ModelTimes(1, 1, 1, 1, 5, 5, 100, 2_000)
        : new ModelTimes(20, 5, 30, 20, 100, 100, 100, 20_000);
  }

  /** The same with this move; a state topic that gets lost would have lost the move. */
  Scenario moving(Move by) {
    Set<CompoundFault> possible = EnumSet.noneOf(CompoundFault.class);
    possible.addAll(compoundFaults);
    if (by != Move.NONE) {
      possible.remove(CompoundFault.STATE_LOST);
    }
    return with(ages, foreign, loses, possible, by);
  }

  /** The same, in which a link that was moved is turned round, or is not. */
  Scenario reversing(boolean now) {
    return with(ages, foreign, loses, compoundFaults, move, now);
  }

  /** The same with records of this age, and without a move, as below. */
  Scenario of(Ages other) {
    return with(other, foreign, loses, compoundFaults);
  }

  /** The same, with or without losses of acknowledged records. */
  Scenario losing(boolean now) {
    return with(ages, foreign, now, compoundFaults);
  }

  /** The same with other producers that write to the target. */
  Scenario amongOthers() {
    return with(ages, true, loses, compoundFaults);
  }

  /** The same with this compound fault only. */
  Scenario in(CompoundFault only) {
    return with(ages, foreign, loses, EnumSet.of(only));
  }

  /** The same without compound faults. */
  Scenario withoutCompoundFaults() {
    return with(ages, foreign, loses, EnumSet.noneOf(CompoundFault.class));
  }

  /** Whether wall clocks may jump; where they do, times that a move has saved prove nothing. */
  boolean clocksJump() {
    return move == Move.NONE || steps % 2 == 0;
  }

  /** Whether either cluster may lose acknowledged records. */
  boolean mayLose() {
    return loses || compoundFaults.stream().anyMatch(CompoundFault::loses);
  }

  private Scenario with(
      Ages otherAges, boolean others, boolean losing, Set<CompoundFault> otherCompoundFaults) {
    return with(otherAges, others, losing, otherCompoundFaults, Move.NONE);
  }

  private Scenario with(
      Ages otherAges,
      boolean others,
      boolean losing,
      Set<CompoundFault> otherCompoundFaults,
      Move otherMove) {
    return with(otherAges, others, losing, otherCompoundFaults, otherMove, reversed);
  }

  private Scenario with(
      Ages otherAges,
      boolean others,
      boolean losing,
      Set<CompoundFault> otherCompoundFaults,
      Move otherMove,
      boolean reversing) {
    return new Scenario(
        sourcePartitions,
        targetPartitions,
        mapper,
        filter,
        lanes,
        otherAges,
        memoryMs,
        quick,
        firstEpoch,
        markersAllowed,
        produceVersion,
        far,
        others,
        losing,
        otherCompoundFaults,
        steps,
        otherMove,
        reversing);
  }
}
