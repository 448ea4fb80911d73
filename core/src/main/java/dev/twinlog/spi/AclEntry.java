package dev.twinlog.spi;

import java.util.Comparator;
import java.util.Objects;

/**
 * An access control list entry of a cluster: what a principal may do with a resource, or may not.
 *
 * @param kind of the resource
 * @param pattern how {@code name} is compared
 * @param name of the resource, or the prefix of names; {@code *} as a literal name is every
 *     resource
 * @param principal as {@code User:alice}
 * @param host the client's address, or {@code *}
 * @param operation Kafka's name of it, as {@code READ} or {@code ALL}
 * @param permission whether it is allowed
 */
public record AclEntry(
    Kind kind,
    Pattern pattern,
    String name,
    String principal,
    String host,
    String operation,
    Permission permission)
    implements Comparable<AclEntry> {
  private static final Comparator<AclEntry> ORDER =
      Comparator.comparing(AclEntry::kind)
          .thenComparing(AclEntry::name)
          .thenComparing(AclEntry::pattern)
          .thenComparing(AclEntry::principal)
          .thenComparing(AclEntry::host)
          .thenComparing(AclEntry::operation)
          .thenComparing(AclEntry::permission);

  /** The name that, as a literal, is every resource of its kind. */
  public static final String EVERY = "*";

  /** Kinds of resources. */
  public enum Kind {
    /** Topics. */
    TOPIC,
    /** Consumer groups. */
    GROUP
  }

  /** How names are compared. */
  public enum Pattern {
    /** The whole name. */
    LITERAL,
    /** The beginning of the name. */
    PREFIXED
  }

  /** What an entry does. */
  public enum Permission {
    /** Allows the operation. */
    ALLOW,
    /** Denies it, whatever other entries allow. */
    DENY
  }

  public AclEntry {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(pattern, "pattern");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(principal, "principal");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(operation, "operation");
    Objects.requireNonNull(permission, "permission");
  }

  /** Whether it is one of every resource of its kind. */
  public boolean isOfEvery() {
    return pattern == Pattern.LITERAL && name.equals(EVERY);
  }

  /** The same for another resource. */
  public AclEntry of(Pattern otherPattern, String otherName) {
    return new AclEntry(kind, otherPattern, otherName, principal, host, operation, permission);
  }

  /** The same for another operation. */
  public AclEntry withOperation(String other) {
    return new AclEntry(kind, pattern, name, principal, host, other, permission);
  }

  /** The same for another principal. */
  public AclEntry withPrincipal(String other) {
    return new AclEntry(kind, pattern, name, other, host, operation, permission);
  }

  @Override
  public int compareTo(AclEntry other) {
    return ORDER.compare(this, other);
  }

  /** The resource, for people: as {@code TOPIC orders}, or {@code TOPIC ord…} of a prefix. */
  public String resource() {
    return "%s %s%s".formatted(kind, name, pattern == Pattern.PREFIXED ? "…" : "");
  }

  /** Who may or may not do what, for people: as {@code ALLOW READ of User:alice from *}. */
  public String rule() {
    return "%s %s of %s from %s".formatted(permission, operation, principal, host);
  }

  @Override
  public String toString() {
    return "%s on %s".formatted(rule(), resource());
  }
}
