package dev.twinlog.testkit.simulator;

import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.Replicator;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.session.WriterSide;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.TargetRun;
import dev.twinlog.spi.TopicSource;
import dev.twinlog.testkit.InMemorySource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;

/**
 * The exactly-once rules of a link, each with a broken form that the simulator has to find within a
 * number of the seeds that exercise it.
 */
@SuppressWarnings("ImmutableEnumChecker") // its functions keep nothing
enum BrokenRule {
  /** A former owner of the link can still save progress. */
  OWNERS_FENCE(100, BrokenRule::any, OwnersUnfenced::new),
  /** A route is opened before its progress says that it may not be clean. */
  PROGRESS_BEFORE_FIRST_SEND(100, BrokenRule::any, SavedEarly::new),
  /** A link that crashed is treated as cleanly closed. */
  CLEAN_CLOSE_MARK(100, BrokenRule::any, AlwaysClean::new),
  /** Former owners of a route are not fenced. */
  TARGET_FENCE(100, BrokenRule::young, () -> new Rules(new Unfenced())),
  /** A fence counts when EndTxn is answered, without waiting for its marker. */
  WAITING_FOR_THE_MARKER(300, BrokenRule::young, MarkerNotAwaited::new),
  /** Any transaction marker counts as a fence. */
  THE_FENCES_OWN_MARKER(300, BrokenRule::young, () -> new Rules(new AnyMarker())),
  /** A truncated log is not detected if other producers have written to it since. */
  ANCHOR(600, BrokenRule::losing, () -> new Rules(new AnyAnchor())),
  /**
   * A producer session continues under another leader, or over another connection, without a check
   * of the log.
   */
  GOING_ON_IN_THE_SAME_LOG(
      100, in(CompoundFault.TARGET_TAIL), () -> new Rules(new AlwaysContinues())),
  /** The log is checked only before the first write: a loss after that is not detected. */
  LOOK_BEHIND_THE_FIRST_WRITE(
      100, in(CompoundFault.TARGET_TAIL), () -> new Rules(new NeverLooksBehind())),
  /**
   * The state of the log at the opening is assumed never to change, and any returned offset is
   * accepted. {@link LedgerRules#wentBack} alone has no broken form that is found: a writer that
   * checks the log before it continues detects the truncation before a returned offset shows it.
   */
  BINDING_OF_LOOK_AND_WRITE(100, in(CompoundFault.TARGET_TAIL), () -> new Rules(new NeverBound())),
  /** The last batch is taken as proof of all earlier ones. */
  PROOF_BY_THE_LAST_BATCH(300, BrokenRule::any, () -> new Rules(new LastBatchProvesAll())),
  /** A producer epoch that is not above the known one, or another producer id, is ignored. */
  IDENTITY_LOST(20, BrokenRule::usedUp, () -> new Rules(new NeverLost())),
  /** Producers that the broker has forgotten are assumed to be remembered. */
  CONSERVATIVE_MODE(100, BrokenRule::old, EverRemembered::new),
  /** An instance that was suspended continues to write. */
  LEASE(300, BrokenRule::old, LeaseForEver::new),
  /** A proof of a route's ownership never expires. */
  PROOF_OF_A_ROUTE_ENDS(300, BrokenRule::cutOff, () -> new Rules(new ProvedForEver())),
  /** After its fence, a new owner waits only for the end of the former owner's lease. */
  FORMER_OWNERS_LAST_PROOF(300, BrokenRule::cutOff, () -> new Rules(new LeasesOnly())),
  /** The first batch of a producer session without a marker is not sent alone. */
  FIRST_BATCH_ALONE(300, BrokenRule::any, NeverAlone::new),
  /** A retried batch gets new sequences. */
  RESENDS_AS_THEY_WERE(100, BrokenRule::young, Renumbered::new),
  /** Already written records are dropped by their count alone. */
  DROP_PROOF(100, BrokenRule::any, OneTooMany::new),
  /** A source end offset stays valid after the leader has become unreachable. */
  UNHEARD_ENDS_DO_NOT_COUNT(50, in(CompoundFault.SOURCE_UNREACHABLE), Silent::new),
  /** Leader epochs of the source are not stored with the progress. */
  EPOCH_OF_THE_SOURCE(100, in(CompoundFault.SOURCE_TAIL), EpochsForgotten::new),
  /** Which offsets are skipped is not stored with the progress. */
  SKIPS_ARE_KEPT(200, BrokenRule::any, SkipsForgotten::new),
  /** A dead letter counts as written before it is. */
  DEAD_LETTERS_ARE_AWAITED(100, BrokenRule::any, DeadLetterTopic::unawaited),
  /** A deleted state topic is treated as that of a new link. */
  LOST_STATE_IS_REFUSED(50, in(CompoundFault.STATE_LOST), LostStateUnnoticed::new),
  /** A failover doesn't fence the link's owner. */
  FAILOVER_FENCES(100, BrokenRule::movedYoung, () -> new OfMove(new Rules(new Unfenced()))),
  /** The seam of a failover leaves out records that are held behind the saved progress. */
  SEAM_IS_BEHIND_ALL_RECORDS(100, BrokenRule::moved, () -> new OfMove(new HeldForgotten())),
  /** A failover that is repeated looks for the seams again, instead of keeping those saved. */
  SEAM_IS_WRITTEN_ONCE(
      100, BrokenRule::moved, () -> new OfMove(new Stores(BrokenStores.WithoutSeams::new))),
  /** A link that was moved copies again. */
  MOVED_LINK_STAYS(20, BrokenRule::moved, () -> new Stores(BrokenStores.Unmoved::new)),
  /** The end of the source that is known last is older than it says. */
  LAST_CONTACT(60, BrokenRule::moved, () -> new Stores(BrokenStores.OldEnds::new)),
  /** The source is not looked at once more when all is copied and the copy has ended. */
  SECOND_LOOK_AT_THE_SOURCE(200, BrokenRule::switched, LookedAtOnce::new),
  /** A switchover goes on before what it saves is saved. */
  SWITCHOVER_IS_SAVED(100, BrokenRule::switched, () -> new Stores(BrokenStores.EarlyEntries::new)),
  /** A switchover that is taken back leaves the partitions paused. */
  ABORTED_LINK_GOES_ON(100, BrokenRule::switched, LeftPaused::new),
  /** The instance that has switched the link over saves as if it went on copying. */
  NOTHING_IS_SAVED_BEHIND_THE_SEAM(
      60, BrokenRule::switched, () -> new Stores(BrokenStores.OpenAgain::new)),
  /** The offset maps are not saved with the progress that ends a copy. */
  MAP_REACHES_THE_SEAM(60, BrokenRule::switched, () -> new Stores(BrokenStores.ShortMaps::new)),
  /** A link that was switched over copies again. */
  SWITCHED_LINK_STAYS(20, BrokenRule::switched, () -> new Stores(BrokenStores.Unmoved::new)),
  /** A reverse link begins one offset before the seam. */
  REVERSE_BEGINS_BEHIND_THE_SEAM(40, BrokenRule::reversed, () -> BrokenSeeds.behindSeam(-1)),
  /** A reverse link begins one offset behind the seam. */
  REVERSE_BEGINS_AT_THE_SEAM(40, BrokenRule::reversed, () -> BrokenSeeds.behindSeam(1)),
  /** A reverse link copies back what its seeding has let the moved link copy. */
  RESENT_RECORDS_STAY(40, BrokenRule::reversed, BrokenSeeds::withoutSkips),
  /** A reverse link gets no offset maps of what was copied before. */
  MAP_IS_TURNED_ROUND(40, BrokenRule::reversed, BrokenSeeds::withoutMaps);

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

  /** A simulation of the seed with the rule broken. */
  Simulation simulation(long seed) {
    return new Simulation(seed, parts, focus, line -> {}, false);
  }

  /** A simulation of the seed with the rule intact. */
  Simulation sound(long seed) {
    return new Simulation(seed, InstanceParts::new, focus, line -> {}, false);
  }

  // The scenarios that exercise a rule.

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

  private static Scenario moved(Scenario scenario) {
    return any(scenario).moving(Scenario.Move.FAILOVER);
  }

  private static Scenario movedYoung(Scenario scenario) {
    return young(scenario).moving(Scenario.Move.FAILOVER);
  }

  private static Scenario switched(Scenario scenario) {
    return any(scenario).moving(Scenario.Move.SWITCHOVER);
  }

  private static Scenario reversed(Scenario scenario) {
    return moved(scenario).reversing(true);
  }

  // Parts that break a rule.

  /** From the cut on the source's ends are those that were found before. */
  private static final class LookedAtOnce extends InstanceParts {
    private final Map<TopicPartition, Long> before = new HashMap<>();
    private boolean cut;

    @Override
    protected OffsetMapStore store(OffsetMapStore store) {
      return new BrokenStores.Phases(
          store, phase -> cut = phase.equals("CUT") || phase.equals("GROUPS"));
    }

    @Override
    protected Map<TopicPartition, Long> resolved(Map<TopicPartition, Long> found) {
      if (!cut) {
        before.putAll(found);
        return found;
      }
      return before;
    }
  }

  private static final class LeftPaused extends InstanceParts {
    @Override
    protected void reported(Replicator link, SwitchoverReport report) {
      if (report.outcome() == Outcome.ABORTED) {
        link.pause();
      }
    }
  }

  /** Only processes that move the link break the rule. */
  private static final class OfMove extends InstanceParts {
    private final InstanceParts broken;

    OfMove(InstanceParts broken) {
      this.broken = broken;
    }

    @Override
    protected InstanceParts ofMove() {
      return broken;
    }
  }

  private static final class HeldForgotten extends InstanceParts {
    @Override
    protected Recovery recovery(Recovery recovery) {
      return recovery instanceof Recovery.SkipMatching skip && skip.count() > 0
          ? Recovery.nothing(skip.newState())
          : recovery;
    }
  }

  /** The store of the instances that run the link breaks a rule. */
  private static final class Stores extends InstanceParts {
    private final UnaryOperator<OffsetMapStore> broken;

    Stores(UnaryOperator<OffsetMapStore> broken) {
      this.broken = broken;
    }

    @Override
    protected OffsetMapStore store(OffsetMapStore store) {
      return broken.apply(store);
    }

    @Override
    protected InstanceParts ofMove() {
      return new InstanceParts();
    }
  }

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
    protected LedgerRules rules() {
      return new LedgerRules() {
        @Override
        public boolean isFirstBatchAlone() {
          return false;
        }
      };
    }

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

  private static final class SkipsForgotten extends InstanceParts {
    @Override
    protected OffsetMapStore store(OffsetMapStore store) {
      return new BrokenStores.WithoutSkips(store);
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
