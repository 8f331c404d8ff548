using System.Collections.Generic;

namespace Promptcms.Client
{
    /// <summary>
    /// What stands in when there is neither the server nor a snapshot: the caller's own text or messages.
    /// A text may be given as it is: `fallback: "Answer briefly."`. Values that it has no variable for
    /// are left aside, because they were meant for the prompt that could not be had.
    /// </summary>
    public sealed class Fallback
    {
        /// <summary>Make a fallback for a prompt that is a text.</summary>
        public Fallback(string text)
        {
            Text = text;
        }

        /// <summary>Make a fallback for a prompt that is a chat.</summary>
        public Fallback(IReadOnlyList<Message> messages)
        {
            Messages = messages;
        }

        /// <summary>The text; null for a chat.</summary>
        public string Text { get; }

        /// <summary>The messages; null for a text.</summary>
        public IReadOnlyList<Message> Messages { get; }

        /// <summary>Take a text as a fallback.</summary>
        public static implicit operator Fallback(string text)
        {
            return text == null ? null : new Fallback(text);
        }

        /// <summary>Take messages as a fallback.</summary>
        public static implicit operator Fallback(Message[] messages)
        {
            return messages == null ? null : new Fallback(messages);
        }
    }
}
