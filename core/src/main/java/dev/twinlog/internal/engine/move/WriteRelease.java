package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.progress.HeldAcls;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclEntry.Kind;
import dev.twinlog.spi.AclEntry.Permission;
import dev.twinlog.spi.AclLedgerStore;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.Acls;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.StoredEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Creates in the target what the link's ACL sync has held back there: the clients that come may
 * write. What it creates is saved before, as the link's own, so that the link takes it back if it
 * ever copies again. Used once; calls, and waits for what it saves.
 */
final class WriteRelease {
  private static final int AT_ONCE = 1_000;

  private final Optional<AclStore> target;
  private final EntryStore entries;
  private final Optional<AclLedgerStore> ledger;
  private final Deadline deadline;

  /**
   * What has become of it.
   *
   * @param acls those of the move, with those that were created
   * @param todo what is left to do for people; empty if nothing is
   * @param passing why not all could be created, if that may pass
   */
  record Released(List<MovedAcl> acls, List<String> todo, Optional<ReplicationException> passing) {}

  WriteRelease(
      Optional<AclStore> target,
      EntryStore entries,
      Optional<AclLedgerStore> ledger,
      Deadline deadline) {
    this.target = target;
    this.entries = entries;
    this.ledger = ledger;
    this.deadline = deadline;
  }

  /**
   * What is held back, each with the ACL of the source for which it is: denials first. What a
   * switchover has created in the source is not.
   *
   * @param found what is stored of the link
   * @param acls those of the move
   */
  static Map<AclEntry, AclEntry> held(Collection<StoredEntry> found, List<MovedAcl> acls) {
    Set<AclEntry> fences =
        acls.stream().filter(MovedAcl::inSource).map(MovedAcl::entry).collect(Collectors.toSet());
    Map<AclEntry, AclEntry> held = new LinkedHashMap<>();
    HeldAcls.read(found).entrySet().stream()
        .filter(each -> !fences.contains(each.getValue()))
        .sorted(Comparator.comparing(each -> each.getKey().permission() != Permission.DENY))
        .forEach(each -> held.put(each.getKey(), each.getValue()));
    return held;
  }

  /** What is left to do if these are not created. */
  static List<String> todo(Collection<AclEntry> held, String why) {
    return held.isEmpty()
        ? List.of()
        : List.of(
            "create %d ACLs in the target that let clients write there, or call it again: they are held back still%s: %s"
                .formatted(held.size(), why.isEmpty() ? "" : ", since " + why, listed(held)));
  }

  /**
   * What is left to do after a move of some topics: the sync of ACLs goes on, and holds back what
   * lets clients write to these as well.
   *
   * @param found what is stored of the link
   * @param acls those of the move
   * @param topics those of the source that were moved
   */
  static List<String> todoOfTopics(
      Collection<StoredEntry> found, List<MovedAcl> acls, Set<String> topics) {
    Map<AclEntry, AclEntry> held = held(found, acls);
    held.values().removeIf(entry -> topics.stream().noneMatch(topic -> isAbout(entry, topic)));
    return held.isEmpty()
        ? List.of()
        : List.of(
            "create %d ACLs in the target that let clients write to the moved topics: they are held back until the rest of the link is moved: %s"
                .formatted(held.size(), listed(held.keySet())));
  }

  private static boolean isAbout(AclEntry entry, String topic) {
    return entry.name().equals("*")
        || (entry.pattern() == AclEntry.Pattern.PREFIXED
            ? topic.startsWith(entry.name())
            : topic.equals(entry.name()));
  }

  private static String listed(Collection<AclEntry> entries) {
    return new TreeSet<>(entries)
        .stream().map(AclEntry::toString).collect(Collectors.joining("; "));
  }

  /**
   * Does it.
   *
   * @param found what is stored of the link
   * @param acls those of the move so far
   * @param ours those in the target that the link has created
   */
  Released run(Collection<StoredEntry> found, List<MovedAcl> acls, Set<AclEntry> ours) {
    Map<AclEntry, AclEntry> held = held(found, acls);
    if (held.isEmpty()) {
      return new Released(acls, List.of(), Optional.empty());
    }
    try {
      return run(held, keys(found), acls, ours);
    } catch (FencedException e) {
      throw e; // another one does it
    } catch (RetriableException e) {
      return new Released(
          acls, todo(held.keySet(), String.valueOf(e.getMessage())), Optional.of(e));
    } catch (LinkFailedException e) {
      return new Released(
          acls, todo(held.keySet(), String.valueOf(e.getMessage())), Optional.empty());
    }
  }

  /** As {@link #run}, for a link that runs; what fails is left to do. */
  static Released of(
      MovableLink link,
      Optional<AclStore> target,
      Collection<StoredEntry> found,
      List<MovedAcl> acls,
      Deadline soon) {
    try {
      // its sync of ACLs has taken what the link has created, which none of these is
      WriteRelease release = new WriteRelease(target, link.entries(), link.acls(), soon);
      return soon.await(
          link.askSyncs(() -> release.run(found, acls, Set.of())), "creating ACLs in the target");
    } catch (ReplicationException e) {
      return left(acls, held(found, acls), String.valueOf(e.getMessage()));
    }
  }

  /** What it would create; changes nothing. */
  static Released planned(
      Optional<AclStore> target, Collection<StoredEntry> found, List<MovedAcl> acls) {
    Map<AclEntry, AclEntry> held = held(found, acls);
    if (held.isEmpty()) {
      return new Released(acls, List.of(), Optional.empty());
    }
    Optional<String> unable = unable(target);
    if (unable.isPresent()) {
      return left(acls, held, unable.get());
    }
    Set<MovedAcl> all = new LinkedHashSet<>(acls);
    held.keySet().forEach(entry -> all.add(new MovedAcl(false, entry)));
    return new Released(List.copyOf(all), List.of(), Optional.empty());
  }

  /** Why ACLs can't be created there. */
  private static Optional<String> unable(Optional<AclStore> target) {
    if (target.isEmpty()) {
      return Optional.of("the sink keeps no ACLs");
    }
    try {
      return unable(target.get(), target.get().acls(Set.of(Kind.TOPIC)));
    } catch (LinkFailedException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static Optional<String> unable(AclStore store, Acls there) {
    return there instanceof Acls.Unavailable unavailable
        ? Optional.of(unavailable.reason())
        : store.unalterable();
  }

  private static Set<String> keys(Collection<StoredEntry> found) {
    return HeldAcls.of(found).stream().map(StoredEntry::key).collect(Collectors.toSet());
  }

  private Released run(
      Map<AclEntry, AclEntry> held, Set<String> keys, List<MovedAcl> acls, Set<AclEntry> ours) {
    if (target.isEmpty()) {
      return left(acls, held, "the sink keeps no ACLs");
    }
    AclStore store = target.get();
    Acls there = store.acls(Set.of(Kind.TOPIC));
    Optional<String> unable = unable(store, there);
    if (unable.isPresent()) {
      return left(acls, held, unable.get());
    }
    Map<AclEntry, AclEntry> open = new LinkedHashMap<>(held);
    if (there instanceof Acls.Found found) {
      // what others have created is not the move's
      open.keySet().removeIf(entry -> found.entries().contains(entry) && !ours.contains(entry));
    }
    Set<MovedAcl> created = new LinkedHashSet<>(acls);
    Map<AclEntry, String> refused = new LinkedHashMap<>();
    Optional<ReplicationException> passing = Optional.empty();
    List<AclEntry> all = List.copyOf(open.keySet());
    for (int from = 0; from < all.size(); from += AT_ONCE) {
      List<AclEntry> some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
      Map<AclEntry, Optional<ReplicationException>> answers = create(store, some, open);
      for (AclEntry entry : some) {
        Optional<ReplicationException> refusal = answer(answers, entry);
        if (refusal.isEmpty()) {
          created.add(new MovedAcl(false, entry));
        } else {
          refused.put(entry, String.valueOf(refusal.get().getMessage()));
          passing = passing.or(() -> refusal.filter(RetriableException.class::isInstance));
        }
      }
    }
    save(held, keys, created, refused.keySet());
    return new Released(
        List.copyOf(created),
        refused.isEmpty() ? List.of() : todo(refused.keySet(), refused.values().iterator().next()),
        passing);
  }

  private static Released left(List<MovedAcl> acls, Map<AclEntry, AclEntry> held, String why) {
    return new Released(acls, todo(held.keySet(), why), Optional.empty());
  }

  private Map<AclEntry, Optional<ReplicationException>> create(
      AclStore store, List<AclEntry> some, Map<AclEntry, AclEntry> held) {
    Map<AclEntry, Optional<AclEntry>> intents = new HashMap<>();
    some.forEach(entry -> intents.put(entry, Optional.ofNullable(held.get(entry))));
    remember(intents);
    Map<AclEntry, Optional<ReplicationException>> answers = store.createAcls(some);
    Map<AclEntry, Optional<AclEntry>> refused = new HashMap<>();
    for (AclEntry entry : some) {
      if (answer(answers, entry).filter(it -> !(it instanceof RetriableException)).isPresent()) {
        refused.put(entry, Optional.empty());
      }
    }
    remember(refused);
    return answers;
  }

  private static Optional<ReplicationException> answer(
      Map<AclEntry, Optional<ReplicationException>> answers, AclEntry entry) {
    return answers.getOrDefault(
        entry, Optional.of(new RetriableException("no answer about " + entry)));
  }

  private void remember(Map<AclEntry, Optional<AclEntry>> changes) {
    if (ledger.isPresent() && !changes.isEmpty()) {
      deadline.await(
          ledger.get().saveAcls(changes), "saving which ACLs are to be created in the target");
    }
  }

  private void save(
      Map<AclEntry, AclEntry> held,
      Set<String> keys,
      Collection<MovedAcl> created,
      Set<AclEntry> refused) {
    Map<AclEntry, AclEntry> left = new HashMap<>(held);
    left.keySet().retainAll(refused);
    List<StoredEntry> changed = new ArrayList<>(MoveEntries.ofAcls(List.copyOf(created)));
    changed.addAll(HeldAcls.replacing(keys, left));
    deadline.await(entries.saveEntries(changed), "saving which ACLs were created in the target");
  }
}
