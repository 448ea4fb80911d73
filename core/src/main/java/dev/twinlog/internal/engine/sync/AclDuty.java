package dev.twinlog.internal.engine.sync;

import dev.twinlog.AclSync;
import dev.twinlog.SyncChange;
import dev.twinlog.internal.control.AclPlan;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.duty.PlannedChanges.Change;
import dev.twinlog.internal.engine.duty.PlannedDuty;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclLedgerStore;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.Acls;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the ACLs of the target in step with those of the source: lists both sides, and changes what
 * differs. What it creates is remembered before it is created, so that a later owner of the link
 * knows it. Confined to the control thread, except what a method says the calls do.
 */
public final class AclDuty implements PlannedDuty {
  private static final Logger LOG = LoggerFactory.getLogger(AclDuty.class);
  private static final int BATCH = 1_000;

  private final Link link;
  private final AclStore source;
  private final AclStore sink;
  private final Supplier<CopiedNames> topics;
  private final Optional<AclLedgerStore> ledger;
  private final HeldWrites held;
  private final AclSync sync;

  /** The entries that the link has created in the target, and those of the source. Calls. */
  private final Map<AclEntry, AclEntry> created;

  /** What was changed, the notes, and what is to be tried again. */
  private static final class Result {
    final List<AclEntry> created = new ArrayList<>();
    final List<AclEntry> deleted = new ArrayList<>();
    final List<String> notes = new ArrayList<>();
    final Map<String, Integer> refusals = new LinkedHashMap<>();
    Optional<ReplicationException> retried = Optional.empty();
  }

  /**
   * Creates the duty.
   *
   * @param topics the topics of the link; called on any thread
   * @param ledger remembers what was created, if the store can
   * @param held remembers what is held back
   */
  public AclDuty(
      Link link,
      AclStore source,
      AclStore sink,
      Supplier<CopiedNames> topics,
      Optional<AclLedgerStore> ledger,
      HeldWrites held) {
    this.link = link;
    this.source = source;
    this.sink = sink;
    this.topics = topics;
    this.ledger = ledger;
    this.held = held;
    this.sync = link.settings().get(LinkOptions.TOPIC_SYNC).acls();
    this.created = new HashMap<>(ledger.map(AclLedgerStore::takeAcls).orElse(Map.of()));
  }

  @Override
  public String name() {
    return "ACL sync";
  }

  @Override
  public Duration interval() {
    return sync.interval();
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    // while a side is away, its absence is reported by others
    boolean reachable = link.isReachable();
    if (!reachable) {
      return Optional.empty();
    }
    return Optional.of(
        () -> {
          Result result = run(topics.get());
          return () -> report(result);
        });
  }

  @Override
  public Optional<Supplier<PlannedChanges>> preparePlan() {
    return Optional.of(
        () -> {
          Result result = new Result();
          List<Change> changes = new ArrayList<>();
          compare(topics.get(), result)
              .ifPresent(
                  plan -> {
                    result.notes.addAll(plan.notes());
                    plan.create().keySet().forEach(entry -> changes.add(creation(entry)));
                    plan.delete().forEach(entry -> changes.add(deletion(entry)));
                  });
          if (!changes.isEmpty()) {
            unalterable().ifPresent(reason -> result.notes.add(off(reason)));
          }
          return new PlannedChanges(changes, result.notes);
        });
  }

  private static Change creation(AclEntry entry) {
    return new Change(
        SyncChange.Kind.CREATE_ACL, entry.resource(), Optional.empty(), Optional.of(entry.rule()));
  }

  private static Change deletion(AclEntry entry) {
    return new Change(
        SyncChange.Kind.DELETE_ACL, entry.resource(), Optional.of(entry.rule()), Optional.empty());
  }

  /** Calls. */
  private Result run(CopiedNames copied) {
    Result result = new Result();
    compare(copied, result)
        .ifPresent(
            plan -> {
              held.save(plan.heldBack());
              apply(plan, result);
            });
    return result;
  }

  /** Compares both sides, and changes nothing; empty, with notes, where that can't be. Calls. */
  private Optional<AclPlan> compare(CopiedNames copied, Result result) {
    boolean groups =
        sync.copiesGroups()
            || created.keySet().stream().anyMatch(entry -> entry.kind() == AclEntry.Kind.GROUP);
    Set<AclEntry.Kind> kinds =
        groups ? Set.of(AclEntry.Kind.TOPIC, AclEntry.Kind.GROUP) : Set.of(AclEntry.Kind.TOPIC);
    Acls from = acls(source, kinds);
    Acls to = acls(sink, kinds);
    for (Acls side : List.of(from, to)) {
      if (side instanceof Acls.Unavailable unavailable) {
        result.notes.add(off(unavailable.reason()));
      }
    }
    if (from instanceof Acls.Found sources && to instanceof Acls.Found targets) {
      requireSameSource(copied);
      return Optional.of(
          AclPlan.of(
              new AclPlan.Sides(sources.entries(), targets.entries(), created, copied.topics()),
              sync));
    }
    return Optional.empty();
  }

  /** What can't be asked at all is no reason to end the link. Calls. */
  private static Acls acls(AclStore side, Set<AclEntry.Kind> kinds) {
    try {
      return side.acls(kinds);
    } catch (LinkFailedException e) {
      return new Acls.Unavailable(String.valueOf(e.getMessage()));
    }
  }

  /** Calls. */
  private Optional<String> unalterable() {
    try {
      return sink.unalterable();
    } catch (LinkFailedException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static String off(String reason) {
    return "ACLs are not kept in step: " + reason;
  }

  /** If the address leads to another cluster for a while, no ACL was deleted. Calls. */
  private void requireSameSource(CopiedNames copied) {
    Optional<String> now = link.settings().sourceAbilities().clusterId();
    if (!now.equals(copied.sourceCluster())) {
      throw new RetriableException(
          "the source is cluster %s now, and was %s: ACLs are not changed"
              .formatted(now.orElse("unknown"), copied.sourceCluster().orElse("unknown")));
    }
  }

  /** Calls. */
  private void apply(AclPlan plan, Result result) {
    result.notes.addAll(plan.notes());
    if (plan.isEmpty()) {
      return;
    }
    Optional<String> unalterable = unalterable();
    if (unalterable.isPresent()) {
      result.notes.add(off(unalterable.get()));
      return;
    }
    if (!link.context().lease().holds()) {
      throw new RetriableException(
          "ACLs of the target are changed again when the ownership of the link is proved");
    }
    remember(plan.remember());
    for (List<AclEntry> batch : batches(plan.create().keySet())) {
      create(batch, plan, result);
    }
    for (List<AclEntry> batch : batches(plan.delete())) {
      delete(batch, result);
    }
    result.refusals.forEach(
        (refusal, count) -> result.notes.add("%d ACLs: %s".formatted(count, refusal)));
  }

  private static List<List<AclEntry>> batches(Collection<AclEntry> entries) {
    List<AclEntry> all = List.copyOf(entries);
    List<List<AclEntry>> batches = new ArrayList<>();
    for (int from = 0; from < all.size(); from += BATCH) {
      batches.add(all.subList(from, Math.min(all.size(), from + BATCH)));
    }
    return batches;
  }

  /** Calls. */
  private void create(List<AclEntry> batch, AclPlan plan, Result result) {
    Map<AclEntry, Optional<AclEntry>> intents = new HashMap<>();
    batch.forEach(entry -> intents.put(entry, Optional.ofNullable(plan.create().get(entry))));
    remember(intents);
    Map<AclEntry, Optional<AclEntry>> refused = new HashMap<>();
    Map<AclEntry, Optional<ReplicationException>> answers = sink.createAcls(batch);
    for (AclEntry entry : batch) {
      Optional<ReplicationException> refusal = refusal(entry, answers, result);
      if (refusal.isEmpty()) {
        result.created.add(entry);
      } else if (!(refusal.get() instanceof RetriableException)) {
        refused.put(entry, Optional.empty());
      }
    }
    remember(refused);
  }

  /** Calls. */
  private void delete(List<AclEntry> batch, Result result) {
    Map<AclEntry, Optional<AclEntry>> over = new HashMap<>();
    Map<AclEntry, Optional<ReplicationException>> answers = sink.deleteAcls(batch);
    for (AclEntry entry : batch) {
      if (refusal(entry, answers, result).isEmpty()) {
        result.deleted.add(entry);
        over.put(entry, Optional.empty());
      }
    }
    remember(over);
  }

  private static Optional<ReplicationException> refusal(
      AclEntry entry, Map<AclEntry, Optional<ReplicationException>> answers, Result result) {
    Optional<ReplicationException> refusal =
        answers.getOrDefault(
            entry, Optional.of(new RetriableException("no answer about " + entry)));
    refusal.ifPresent(
        cause -> {
          if (cause instanceof RetriableException) {
            result.retried = result.retried.or(() -> refusal);
          } else {
            result.refusals.merge(String.valueOf(cause.getMessage()), 1, Integer::sum);
          }
        });
    return refusal;
  }

  /** Saves changes of what the link has created, and returns when they are saved. Calls. */
  private void remember(Map<AclEntry, Optional<AclEntry>> changes) {
    if (changes.isEmpty()) {
      return;
    }
    if (ledger.isPresent()) {
      AwaitedSave.await(ledger.get().saveAcls(changes), "which ACLs are to be created or deleted");
    }
    changes.forEach(
        (entry, from) ->
            from.ifPresentOrElse(one -> created.put(entry, one), () -> created.remove(entry)));
  }

  private void report(Result result) {
    link.publishNotes(name(), result.notes.isEmpty() ? Map.of() : Map.of(name(), result.notes));
    int changes = result.created.size() + result.deleted.size();
    if (changes > 0) {
      LOG.info(
          "link {}: created {} ACLs of the target, and deleted {}",
          link.name(),
          result.created.size(),
          result.deleted.size());
      LOG.debug("link {}: created {}, deleted {}", link.name(), result.created, result.deleted);
      link.metrics().aclsChanged(changes);
      List<AclEntry> made = List.copyOf(result.created);
      List<AclEntry> gone = List.copyOf(result.deleted);
      link.events().post(listener -> listener.aclsChanged(made, gone));
    }
    result.retried.ifPresent(
        cause -> {
          throw cause;
        });
  }
}
