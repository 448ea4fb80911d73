package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.kafka.wire.ledger.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.WriterSide;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.TargetRun;
import dev.twinlog.spi.TopicSource;
import dev.twinlog.testkit.InMemorySource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Each rule that keeps each record once, broken: the simulator has to find it within so many seeds
 * of those that are about it.
 */
@SuppressWarnings("ImmutableEnumChecker") // its functions keep nothing
enum BrokenRule {
  /** A former owner of the link goes on saving its progress. */
  OWNERS_FENCE(100, BrokenRule::any, OwnersUnfenced::new),
  /** A route is opened before its progress says that it may not be clean. */
  PROGRESS_BEFORE_FIRST_SEND(100, BrokenRule::any, SavedEarly::new),
  /** A link that was not closed is taken for one that was. */
  CLEAN_CLOSE_MARK(100, BrokenRule::any, AlwaysClean::new),
  /** Former owners of a route are not put out. */
  TARGET_FENCE(100, BrokenRule::young, () -> new Rules(new Unfenced())),
  /** The end of the fence's transaction is answered, and its marker not waited for. */
  WAITING_FOR_THE_MARKER(300, BrokenRule::young, MarkerNotAwaited::new),
  /** Any marker is good enough as a fence. */
  THE_FENCES_OWN_MARKER(300, BrokenRule::young, () -> new Rules(new AnyMarker())),
  /** A log that was cut off is not noticed where others have written since. */
  ANCHOR(600, BrokenRule::losing, () -> new Rules(new AnyAnchor())),
  /** A session goes on under another leader, and over another connection, without a look. */
  GOING_ON_IN_THE_SAME_LOG(
      100, in(CompoundFault.TARGET_TAIL), () -> new Rules(new AlwaysContinues())),
  /** A look before the first write is good enough: what was lost between is not noticed. */
  LOOK_BEHIND_THE_FIRST_WRITE(
      100, in(CompoundFault.TARGET_TAIL), () -> new Rules(new NeverLooksBehind())),
  /**
   * What was seen of a log at the opening is believed to hold for ever, and any offset is right.
   * {@link LedgerRules#wentBack} alone has no broken form that is found: who goes on only behind
   * looks finds the log that lost its tail before an offset says so.
   */
  BINDING_OF_LOOK_AND_WRITE(100, in(CompoundFault.TARGET_TAIL), () -> new Rules(new NeverBound())),
  /** The last batch is believed to prove all before it. */
  PROOF_BY_THE_LAST_BATCH(300, BrokenRule::any, () -> new Rules(new LastBatchProvesAll())),
  /**
   * An epoch that is not above the known one, or another producer id, is no reason for anything.
   */
  IDENTITY_LOST(20, BrokenRule::usedUp, () -> new Rules(new NeverLost())),
  /** What the broker forgets is believed to be remembered. */
  CAREFUL_MODE(100, BrokenRule::old, EverRemembered::new),
  /** An instance that has slept writes on. */
  LEASE(300, BrokenRule::old, LeaseForEver::new),
  /** What proved a route to be its owner's once does so for ever. */
  PROOF_OF_A_ROUTE_ENDS(300, BrokenRule::cutOff, () -> new Rules(new ProvedForEver())),
  /** Behind its fence a new owner waits only for the end of the former one's lease. */
  FORMER_OWNERS_LAST_PROOF(300, BrokenRule::cutOff, () -> new Rules(new LeasesOnly())),
  /** The first batch of a session does not travel alone. */
  FIRST_BATCH_ALONE(300, BrokenRule::any, NeverAlone::new),
  /** What is sent again gets sequences of its own. */
  RESENDS_AS_THEY_WERE(100, BrokenRule::young, Renumbered::new),
  /** What the target holds is dropped by count. */
  DROP_PROOF(100, BrokenRule::any, OneTooMany::new),
  /** An end counts though it is not heard any more. */
  UNHEARD_ENDS_DO_NOT_COUNT(50, in(CompoundFault.SOURCE_UNREACHABLE), Silent::new),
  /** Epochs of the source are not kept with the progress. */
  EPOCH_OF_THE_SOURCE(100, in(CompoundFault.SOURCE_TAIL), EpochsForgotten::new),
  /** A state topic that was deleted is taken for that of a new link. */
  LOST_STATE_IS_REFUSED(50, in(CompoundFault.STATE_LOST), LostStateUnnoticed::new);

  private final int withinSeeds;
  private final UnaryOperator<Scenario> focus;
  private final Supplier<InstanceParts> parts;

  BrokenRule(int withinSeeds, UnaryOperator<Scenario> focus, Supplier<InstanceParts> parts) {
    this.withinSeeds = withinSeeds;
    this.focus = focus;
    this.parts = parts;
  }

  int withinSeeds() {
    return withinSeeds;
  }

  /** A simulation with the rule broken. */
  Simulation simulation(long seed) {
    return new Simulation(seed, parts, focus, line -> {}, false);
  }

  /** The same with the rule as it should be. */
  Simulation sound(long seed) {
    return new Simulation(seed, InstanceParts::new, focus, line -> {}, false);
  }

  // ---- what seeds are about ----

  private static UnaryOperator<Scenario> in(CompoundFault fault) {
    return scenario -> scenario.losing(false).in(fault);
  }

  private static Scenario any(Scenario scenario) {
    return scenario.losing(false).withoutCompoundFaults();
  }

  private static Scenario young(Scenario scenario) {
    return any(scenario).of(Scenario.Ages.NOW);
  }

  private static Scenario old(Scenario scenario) {
    return any(scenario).of(Scenario.Ages.OLD);
  }

  private static Scenario losing(Scenario scenario) {
    return any(scenario).losing(true).amongOthers();
  }

  private static Scenario cutOff(Scenario scenario) {
    return scenario.losing(false).of(Scenario.Ages.MIXED).in(CompoundFault.OWNER_CUT_OFF);
  }

  private static Scenario usedUp(Scenario scenario) {
    return young(scenario).in(CompoundFault.EPOCHS_USED_UP);
  }

  // ---- broken parts ----

  private static final class OwnersUnfenced extends InstanceParts {
    @Override
    protected boolean ownersAreFenced() {
      return false;
    }
  }

  private static final class SavedEarly extends InstanceParts {
    @Override
    protected OffsetMapStore store(OffsetMapStore store) {
      return new BrokenStores.Early(store);
    }
  }

  private static final class AlwaysClean extends InstanceParts {
    @Override
    protected OffsetMapStore store(OffsetMapStore store) {
      return new BrokenStores.Clean(store);
    }
  }

  private static final class Rules extends InstanceParts {
    private final LedgerRules rules;

    Rules(LedgerRules rules) {
      this.rules = rules;
    }

    @Override
    protected LedgerRules rules() {
      return rules;
    }
  }

  private static final class Unfenced extends LedgerRules {
    @Override
    public boolean mustFence(boolean clean) {
      return false;
    }
  }

  private static final class AnyMarker extends LedgerRules {
    @Override
    public boolean isFence(
        long producerId, short epoch, long offset, long fenceId, short fenceEpoch, long end) {
      return true;
    }
  }

  private static final class AnyAnchor extends LedgerRules {
    @Override
    public boolean isAnchor(
        long producerId, short epoch, int sequence, long anchorId, short anchorEpoch, int at) {
      return true;
    }
  }

  private static final class AlwaysContinues extends LedgerRules {
    @Override
    public boolean continues(int knownEpoch, int leaderEpoch, boolean sameConnection) {
      return true;
    }
  }

  private static final class NeverLooksBehind extends LedgerRules {
    @Override
    public boolean mustLookBehind(boolean bound, long quietNanos) {
      return false;
    }
  }

  private static final class NeverBound extends LedgerRules {
    @Override
    public boolean continues(int knownEpoch, int leaderEpoch, boolean sameConnection) {
      return true;
    }

    @Override
    public boolean mustLookBehind(boolean bound, long quietNanos) {
      return false;
    }

    @Override
    public boolean wentBack(long lastOffset, long baseOffset) {
      return false;
    }
  }

  private static final class ProvedForEver extends LedgerRules {
    @Override
    public boolean provesRoute(long ageMs, long wallMs) {
      return true;
    }
  }

  private static final class LeasesOnly extends LedgerRules {
    @Override
    public boolean areFormerOwnersSilent(boolean leasesEnded, long sinceOpenedMs) {
      return leasesEnded;
    }
  }

  private static final class LastBatchProvesAll extends LedgerRules {
    @Override
    public boolean provesAll(long records, long offsets, boolean young) {
      return true;
    }
  }

  private static final class NeverLost extends LedgerRules {
    @Override
    public boolean follows(long knownId, short knownEpoch, long producerId, short epoch) {
      return true;
    }

    @Override
    public boolean mustRotate(short epoch) {
      return false;
    }
  }

  private static final class MarkerNotAwaited extends InstanceParts {
    @Override
    protected Cluster ledgerCluster(Cluster cluster) {
      return new PretendedMarkers(cluster);
    }
  }

  private static final class EverRemembered extends InstanceParts {
    @Override
    protected long memoryMs(long memoryMs) {
      return 100L * 365 * 86_400_000;
    }
  }

  private static final class LeaseForEver extends InstanceParts {
    @Override
    protected LedgerRules rules() {
      return new LeasesOnly();
    }

    @Override
    protected Lease lease(Lease lease) {
      return new Lease() {
        @Override
        public boolean holds() {
          return true;
        }

        @Override
        public boolean formerOwnersExpired() {
          return true;
        }
      };
    }
  }

  private static final class NeverAlone extends InstanceParts {
    @Override
    protected DrivenSinkWriter writer(DrivenSinkWriter writer, WriterSide shared) {
      return new MarkedSessions(writer, shared.sessions());
    }
  }

  private static final class Renumbered extends InstanceParts {
    @Override
    protected Cluster writerCluster(Cluster cluster) {
      return new RenumberedResends(cluster);
    }
  }

  private static final class Silent extends InstanceParts {
    @Override
    protected TopicSource source(InMemorySource source) {
      return new SilentSource(source);
    }
  }

  private static final class EpochsForgotten extends InstanceParts {
    @Override
    protected OffsetMapStore store(OffsetMapStore store) {
      return new BrokenStores.WithoutEpochs(store);
    }
  }

  private static final class LostStateUnnoticed extends InstanceParts {
    @Override
    protected boolean noticesLostState() {
      return false;
    }
  }

  private static final class OneTooMany extends InstanceParts {
    @Override
    protected Recovery recovery(Recovery recovery) {
      if (!(recovery instanceof Recovery.SkipMatching skip) || skip.count() == 0) {
        return recovery;
      }
      List<TargetRun> held = new ArrayList<>(skip.held());
      TargetRun last = held.remove(held.size() - 1);
      held.add(new TargetRun(last.first(), last.count() + 1));
      return new Recovery.SkipMatching(
          skip.count() + 1,
          held,
          skip.lastFingerprints(),
          skip.timestampsIncluded(),
          skip.newState());
    }
  }
}
