/**
 * Progress on its way to a store and back: the keeper that saves one cut after the other, and the
 * stored formats, each beginning with a version byte.
 */
@NullMarked
package dev.twinlog.internal.progress;

import org.jspecify.annotations.NullMarked;
