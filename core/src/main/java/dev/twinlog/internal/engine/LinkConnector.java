package dev.twinlog.internal.engine;

import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.internal.control.TopicAdmission;
import dev.twinlog.internal.engine.move.Deadline;
import dev.twinlog.internal.engine.move.LeftSwitchover;
import dev.twinlog.internal.engine.move.MoveScope;
import dev.twinlog.internal.engine.move.MovedMark;
import dev.twinlog.internal.engine.move.Switchover;
import dev.twinlog.internal.engine.move.UnfinishedSeed;
import dev.twinlog.internal.engine.ownership.Ownership;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.internal.engine.sync.CopiedNames;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.progress.HeldAcls;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.ReverseEntries;
import dev.twinlog.internal.progress.ReverseEntries.Reversal;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StatefulSink;
import dev.twinlog.spi.StoredEntry;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects a link: queries both clusters, refuses loops, and joins the link's ownership. Each
 * attempt continues where the last one failed. Every method may block: the control thread connects,
 * and the calls of the connected link check again.
 */
final class LinkConnector {
  private static final Logger LOG = LoggerFactory.getLogger(LinkConnector.class);

  private static final Duration TAKING_BACK = Duration.ofSeconds(30);

  private final Link link;
  private final TopicAdmission admission;
  private final Ownership ownership;
  private final OtherLinks others;
  private volatile @Nullable StoreAbilities store;
  private boolean joined;
  private boolean lookedForMove;
  private Optional<LeftSwitchover> left = Optional.empty();
  private volatile List<StoredEntry> heldAcls = List.of();
  private Optional<LinkDescription> registered = Optional.empty();

  /** The move that this link takes back; known once it has joined. */
  private Optional<UUID> reverseOf = Optional.empty();

  /** The move that has ended this link; its description says so from then on. */
  private Optional<UUID> movedBy = Optional.empty();

  private volatile String currentRequest = "no request was sent yet";

  /** The topics of the last check, with their target topics. */
  private @Nullable Map<String, String> checked;

  private Map<String, String> refused = Map.of();
  private volatile CopiedNames copied = new CopiedNames(Optional.empty(), Map.of());

  LinkConnector(Link link, TopicAdmission admission, Ownership ownership) {
    this.link = link;
    this.ownership = ownership;
    this.admission = admission;
    this.others = new OtherLinks(link);
  }

  /**
   * Makes one attempt.
   *
   * @throws ReplicationException if it failed; the type says whether to retry
   */
  void connect() {
    try {
      connectNow();
    } catch (LinkMovedException e) {
      throw e;
    } catch (ReplicationException e) {
      refuseIfMoved(e);
      throw e;
    }
  }

  /**
   * A link that was moved need not reach its source, which may be lost, to find that out. Looks
   * once and takes no ownership.
   */
  private void refuseIfMoved(ReplicationException failure) {
    Optional<StatefulSink> sink = link.settings().sinkAbilities().state();
    if (joined
        || lookedForMove
        || link.continued().isPresent()
        || sink.isEmpty()
        || link.settings().find(LinkOptions.PROGRESS_STORE).isPresent()) {
      return;
    }
    Optional<MoveHeader> move;
    Optional<String> reverse;
    try (ProgressStore found = sink.get().openProgressStore(link.context())) {
      if (!(found instanceof ReadableStore readable)) {
        return;
      }
      Collection<StoredEntry> entries = readable.read().entries();
      move = MoveEntries.move(entries).header();
      reverse = ReverseEntries.reversal(entries).map(Reversal::link);
      lookedForMove = true;
    } catch (RuntimeException e) {
      failure.addSuppressed(e); // that it has no state yet, for instance
      return;
    }
    if (move.isPresent() && !LeftSwitchover.isUnfinished(move.get())) {
      throw moved(move.get(), reverse);
    }
  }

  private LinkMovedException moved(MoveHeader move, Optional<String> reverse) {
    Phase phase = move.isDone() ? Phase.DONE : Phase.CLAIMED;
    link.move(Switchover.snapshot(move, phase, ""));
    return new LinkMovedException(link.name(), move, reverse);
  }

  private void connectNow() {
    currentRequest = "requested the topics of the source, %s".formatted(link.settings().source());
    List<SourcePartition> partitions = link.settings().source().partitions();
    currentRequest =
        "requested this link's state from the target, %s".formatted(link.settings().sink());
    Map<String, String> topics = topics(partitions);
    if (link.continued().isPresent()) {
      join();
      refuseForeignName();
      copied(topics);
      checked = topics;
      return; // it stays described as a moved link, which closes no loop
    }
    OtherLinks.Findings found = refuse(topics);
    join();
    refuseForeignName();
    takeBack();
    register(topics, found);
    refuseAfterRegistering(topics);
    others.registered(topics);
    copied(topics);
    checked = topics;
  }

  private void copied(Map<String, String> topics) {
    copied = new CopiedNames(registered.map(LinkDescription::sourceCluster), topics);
  }

  /** The topics of the link, as of the last check. Any thread. */
  CopiedNames copied() {
    return copied;
  }

  /** What was stored of ACLs that are held back when the link was joined. */
  List<StoredEntry> heldAcls() {
    return heldAcls;
  }

  /** Describes the current or last request. Any thread. */
  String currentRequest() {
    return currentRequest;
  }

  ProgressStore store() {
    return storeAbilities().store();
  }

  private void join() {
    if (joined) {
      return;
    }
    StoreAbilities fresh = openStore();
    try {
      ownership.join(fresh.store(), fresh.offsetMap());
      joined = true;
      refuseMoved(fresh);
      reverseOf =
          fresh.registry().flatMap(LinkRegistry::registered).flatMap(LinkDescription::reverseOf);
    } catch (RuntimeException e) {
      if (link.settings().find(LinkOptions.PROGRESS_STORE).isEmpty()) {
        closeAfter(fresh.store(), e);
        store = null;
      }
      throw e;
    }
  }

  private void refuseMoved(StoreAbilities from) {
    Collection<StoredEntry> entries = from.entries().map(EntryStore::takeEntries).orElse(List.of());
    if (link.continued().isPresent()) {
      requireContinued(entries);
      return;
    }
    heldAcls = HeldAcls.of(entries);
    link.ofOthers(ReverseEntries.others(entries));
    left = LeftSwitchover.in(link.name(), entries);
    if (left.isEmpty()) {
      MoveEntries.move(entries)
          .header()
          .ifPresent(
              move -> {
                if (move.isDone()) { // the process may have died before it was marked
                  MovedMark.trySet(
                      link.name(), from, move.id(), new Deadline(link.time(), TAKING_BACK));
                }
                throw moved(move, ReverseEntries.reversal(entries).map(Reversal::link));
              });
    }
    UnfinishedSeed.refuse(link.name(), entries, "start");
    showMovedTopics(MoveEntries.move(entries));
  }

  /** The reversal of this move is under way, for which the link copies what is left. */
  private void requireContinued(Collection<StoredEntry> entries) {
    Optional<UUID> move = MoveEntries.move(entries).header().map(MoveHeader::id);
    if (!move.equals(link.continued()) || !ReverseEntries.resend(entries).isUnderWay()) {
      throw new LinkFailedException(
          "link %s was reversed, moved again, or reopened, meanwhile: call reverse again"
              .formatted(link.name()));
    }
  }

  /** Some topics were moved: the link copies the others. */
  private void showMovedTopics(MoveEntries.Stored stored) {
    link.movedTopics(MoveScope.reasons(stored));
    stored.some().forEach(one -> link.move(Switchover.snapshot(one.header(), Phase.DONE, "")));
  }

  /** A switchover that did not finish is taken back before anything is copied. */
  private void takeBack() {
    if (left.isPresent()) {
      left.get()
          .takeBack(
              link.settings().sourceAbilities().acls(),
              storeAbilities().entries().orElseThrow(),
              link.time().clock().millis(),
              new Deadline(link.time(), TAKING_BACK))
          .ifPresent(link::move);
      left = Optional.empty();
    }
  }

  /** The store, and what it can do beyond keeping progress. */
  StoreAbilities storeAbilities() {
    StoreAbilities current = store;
    if (current == null) {
      throw new IllegalStateException("not connected");
    }
    return current;
  }

  private StoreAbilities openStore() {
    ProgressStore fresh =
        link.settings()
            .find(LinkOptions.PROGRESS_STORE)
            .orElseGet(
                () ->
                    link.settings()
                        .sinkAbilities()
                        .state()
                        .orElseThrow() // build() has checked that there is one or the other
                        .openProgressStore(link.context()));
    StoreAbilities opened = StoreAbilities.of(fresh);
    store = opened;
    return opened;
  }

  private static void closeAfter(ProgressStore store, RuntimeException cause) {
    try {
      store.close();
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  // Other links.

  private Map<String, String> topics(Collection<SourcePartition> partitions) {
    Map<String, String> topics = new TreeMap<>();
    for (SourcePartition partition : partitions) {
      String topic = partition.partition().topic();
      try {
        topics.computeIfAbsent(topic, admission::targetTopic);
      } catch (PartitionFailedException e) {
        LOG.debug("link {}: {} stops when it is opened", link.name(), topic, e);
      }
    }
    return topics;
  }

  private OtherLinks.Findings refuse(Map<String, String> topics) {
    OtherLinks.Findings found = others.check(topics);
    if (!found.refused().isEmpty()) {
      throw new LinkFailedException(
          "link %s must not copy %s: %s"
              .formatted(
                  link.name(),
                  String.join(", ", new TreeSet<>(found.refused().keySet())),
                  String.join("; ", new TreeSet<>(found.refused().values()))));
    }
    return found;
  }

  /** Two links that start at once both register first, so at least one of them sees the other. */
  private void refuseAfterRegistering(Map<String, String> topics) {
    try {
      register(topics, refuse(topics));
    } catch (LinkFailedException e) {
      try {
        withdraw();
      } catch (RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private void refuseForeignName() {
    Optional<LinkDescription> former =
        storeAbilities().registry().flatMap(LinkRegistry::registered);
    Optional<String> here = link.settings().sourceAbilities().clusterId();
    if (former.isPresent()
        && here.isPresent()
        && !former.get().sourceCluster().equals(here.get())) {
      throw new LinkFailedException(
          "the name %s belongs to a link that reads cluster %s, but this source is cluster %s: use another name for this link"
              .formatted(link.name(), former.get().sourceCluster(), here.get()));
    }
  }

  /** The link copies nothing; but whose reverse it is stays true. */
  private void withdraw() {
    registerNow(
        registered
            .filter(known -> known.reverseOf().isPresent())
            .map(
                known ->
                    new LinkDescription(
                            known.link(), known.sourceCluster(), known.targetCluster(), Map.of())
                        .reverseOf(known.reverseOf())));
  }

  /** Keeps the link's description up to date, for others to see what it does. */
  private void register(Map<String, String> topics, OtherLinks.Findings found) {
    Optional<String> from = link.settings().sourceAbilities().clusterId();
    Optional<String> to = link.settings().sinkAbilities().clusterId();
    if (from.isPresent() && to.isPresent()) {
      Optional<LinkDescription> now =
          Optional.of(
              new LinkDescription(link.name(), from.get(), to.get(), topics, found.origins())
                  .reverseOf(reverseOf)
                  .moved(movedBy));
      if (!now.equals(registered)) {
        registerNow(now);
        registered = now;
      }
    }
  }

  /** Marks the description as that of a moved link. By the thread that discovers. */
  void markMoved(UUID move) {
    movedBy = Optional.of(move);
    registered = registered.map(known -> known.moved(movedBy));
    if (registered.isPresent()) {
      registerNow(registered);
    }
  }

  private void registerNow(Optional<LinkDescription> description) {
    Optional<LinkRegistry> registry = storeAbilities().registry();
    if (registry.isPresent()) {
      try {
        registry.get().register(description).toCompletableFuture().join();
      } catch (CompletionException e) {
        throw LinkFailure.asReplicationException(e);
      }
    }
  }

  /**
   * Checks the topics of a discovery and registers new ones. Known topics are checked again if that
   * is cheap: another link that was started meanwhile may have closed a loop.
   *
   * @return the reason for each topic that must not be copied
   */
  Map<String, String> discovered(Collection<SourcePartition> partitions) {
    Map<String, String> topics = topics(partitions);
    if (link.continued().isEmpty() && (!topics.equals(checked) || others.isDue())) {
      check(topics);
    }
    return refused;
  }

  /** As {@link #discovered}, with the topics of the last discovery. */
  Map<String, String> checkAgain() {
    Map<String, String> topics = checked;
    if (topics != null && link.continued().isEmpty()) {
      check(topics);
    }
    return refused;
  }

  /** Registers the link again, since it continues with another source cluster. */
  void registerAgain() {
    registered = Optional.empty();
    checkAgain();
  }

  /**
   * Checks, registers new topics and checks again, so that of two links that discover the same
   * topic at the same time at least one sees the other.
   */
  private void check(Map<String, String> topics) {
    OtherLinks.Findings found = others.check(topics);
    boolean news = registered.isEmpty() || !registered.get().topics().equals(topics);
    if (found.refused().isEmpty() && news) {
      register(topics, found);
      found = others.check(topics);
    }
    Map<String, String> copied = new TreeMap<>(topics);
    copied.keySet().removeAll(found.refused().keySet());
    register(copied, found);
    others.registered(copied);
    copied(copied);
    refused = found.refused();
    checked = topics;
  }

  // Closing.

  /** Gives up the ownership, and closes the store, the source and the sink. */
  void close() {
    closeQuietly(link, ownership);
    closeQuietly(link, store == null ? null : store.store());
    closeQuietly(link, link.settings().source());
    closeQuietly(link, link.settings().sink());
  }

  /** Closes a part, if it can be closed; a failure is logged. */
  static void closeQuietly(Link link, @Nullable Object part) {
    if (part instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        LOG.warn("link {}: {} could not be closed", link.name(), part, e);
      }
    }
  }
}
