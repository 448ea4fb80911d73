package dev.twinlog.internal.control;

import dev.twinlog.AclSync;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclEntry.Kind;
import dev.twinlog.spi.AclEntry.Pattern;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What keeps the ACLs of the target in step with those of the source. A pure computation.
 *
 * <p>What a principal may do with a source topic, it may do with its copy, except what is held
 * back. An entry in the target is deleted only if the link has created it, and only if its source
 * entry is gone, or no longer leads to it although its topic is still copied: a topic that is not
 * found now, or is not copied now, changes nothing.
 *
 * @param create what to create in the target, and the source entry of each
 * @param delete what to delete there
 * @param remember changes of the ledger that go without a change of the target: entries of the
 *     target with their source entry, or empty if they are no longer the link's
 * @param heldBack what would also be created if writes were copied, and the source entry of each
 * @param notes what can't be copied
 */
public record AclPlan(
    Map<AclEntry, AclEntry> create,
    Set<AclEntry> delete,
    Map<AclEntry, Optional<AclEntry>> remember,
    Map<AclEntry, AclEntry> heldBack,
    List<String> notes) {
  private static final String ALL = "ALL";
  private static final Set<String> CHANGING =
      Set.of("WRITE", "CREATE", "DELETE", "ALTER", "ALTER_CONFIGS");
  private static final List<String> READING = List.of("READ", "DESCRIBE", "DESCRIBE_CONFIGS");

  /**
   * What is compared.
   *
   * @param source the entries of the source
   * @param target the entries of the target
   * @param created the entries of the target that the link has created, and their source entries
   * @param topics the link's topics, with their target topics
   */
  public record Sides(
      Set<AclEntry> source,
      Set<AclEntry> target,
      Map<AclEntry, AclEntry> created,
      Map<String, String> topics) {}

  /** Plans without changing anything. */
  public static AclPlan of(Sides sides, AclSync sync) {
    return new Planning(sides, sync).plan();
  }

  /** Whether nothing is to be done. */
  public boolean isEmpty() {
    return create.isEmpty() && delete.isEmpty() && remember.isEmpty();
  }

  /** One computation. */
  private static final class Planning {
    private final Sides sides;
    private final AclSync sync;
    private final Set<String> copies;

    /** What the target is to have, and the first source entry of each. */
    private final Map<AclEntry, AclEntry> wanted = new TreeMap<>();

    private final Map<AclEntry, AclEntry> heldBack = new TreeMap<>();
    private final Map<String, Integer> notes = new LinkedHashMap<>();

    Planning(Sides sides, AclSync sync) {
      this.sides = sides;
      this.sync = sync;
      this.copies = Set.copyOf(sides.topics().values());
    }

    AclPlan plan() {
      for (AclEntry entry : new TreeSet<>(sides.source())) {
        if (entry.kind() == Kind.TOPIC || sync.copiesGroups()) {
          want(entry);
        }
      }
      heldBack.keySet().removeAll(wanted.keySet());
      Map<AclEntry, AclEntry> create = new TreeMap<>(wanted);
      create.keySet().removeAll(sides.target());
      Set<AclEntry> delete = new TreeSet<>();
      Map<AclEntry, Optional<AclEntry>> remember = new TreeMap<>();
      sides
          .created()
          .forEach(
              (entry, from) -> {
                AclEntry now = wanted.get(entry);
                if (now != null) {
                  if (!sides.source().contains(from) && !create.containsKey(entry)) {
                    remember.put(entry, Optional.of(now));
                  }
                } else if (isOver(entry, from)) {
                  if (!sides.target().contains(entry)) {
                    remember.put(entry, Optional.empty());
                  } else if (sync.deletes()) {
                    delete.add(entry);
                  }
                }
              });
      heldBack.keySet().removeIf(held -> sides.target().contains(held) && !delete.contains(held));
      List<String> texts =
          notes.entrySet().stream()
              .map(note -> "%s (%d ACLs)".formatted(note.getKey(), note.getValue()))
              .toList();
      return new AclPlan(create, delete, remember, heldBack, texts);
    }

    /** Whether an entry that is not wanted now was created for something that is over. */
    private boolean isOver(AclEntry entry, AclEntry from) {
      if (!sides.source().contains(from) || entry.kind() == Kind.GROUP) {
        return true;
      }
      return entry.pattern() == Pattern.LITERAL
          ? copies.contains(entry.name())
          : copies.stream().anyMatch(copy -> copy.startsWith(entry.name()));
    }

    private void want(AclEntry from) {
      Collection<AclEntry> onCopies = onCopies(from);
      if (onCopies.isEmpty()) {
        return;
      }
      String principal = principal(from.principal());
      if (principal == null) {
        return;
      }
      for (AclEntry entry : onCopies) {
        AclEntry mapped = entry.withPrincipal(principal);
        if (mapped.kind() == Kind.GROUP || sync.writes() == AclSync.Writes.COPY) {
          wanted.putIfAbsent(mapped, from);
        } else if (CHANGING.contains(mapped.operation())) {
          heldBack.putIfAbsent(mapped, from);
        } else if (mapped.operation().equals(ALL)) {
          heldBack.putIfAbsent(mapped, from);
          READING.forEach(operation -> wanted.putIfAbsent(mapped.withOperation(operation), from));
        } else {
          wanted.putIfAbsent(mapped, from);
        }
      }
    }

    /** The entry for the copies of its topics; none if it is of no copied topic. */
    private Collection<AclEntry> onCopies(AclEntry entry) {
      if (entry.kind() == Kind.GROUP) {
        return List.of(entry);
      }
      if (entry.isOfEvery()) {
        return copies.stream().map(copy -> entry.of(Pattern.LITERAL, copy)).toList();
      }
      if (entry.pattern() == Pattern.LITERAL) {
        String copy = sides.topics().get(entry.name());
        return copy == null ? List.of() : List.of(entry.of(Pattern.LITERAL, copy));
      }
      Map<String, String> matching = new TreeMap<>(sides.topics());
      matching.keySet().removeIf(topic -> !topic.startsWith(entry.name()));
      return prefixOfCopies(entry.name(), matching)
          .map(prefix -> List.of(entry.of(Pattern.PREFIXED, prefix)))
          .orElseGet(
              () ->
                  matching.values().stream().map(copy -> entry.of(Pattern.LITERAL, copy)).toList());
    }

    /** What becomes of a prefix, if the names of all these topics keep what is behind it. */
    private static Optional<String> prefixOfCopies(String prefix, Map<String, String> matching) {
      Set<String> prefixes = new TreeSet<>();
      for (var topic : matching.entrySet()) {
        String rest = topic.getKey().substring(prefix.length());
        String copy = topic.getValue();
        if (!copy.endsWith(rest) || copy.length() == rest.length()) {
          return Optional.empty();
        }
        prefixes.add(copy.substring(0, copy.length() - rest.length()));
      }
      return prefixes.size() == 1 ? Optional.of(prefixes.iterator().next()) : Optional.empty();
    }

    private @Nullable String principal(String principal) {
      try {
        String mapped = sync.principals().apply(principal);
        return mapped == null || mapped.isEmpty() ? null : mapped;
      } catch (RuntimeException e) {
        notes.merge(
            "the principal %s was not mapped, since mapPrincipal has thrown %s"
                .formatted(principal, e),
            1,
            Integer::sum);
        return null;
      }
    }
  }
}
