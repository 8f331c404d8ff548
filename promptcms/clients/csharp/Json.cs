using System;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Promptcms.Client
{
    /// <summary>
    /// Read JSON strictly (RFC 8259). netstandard2.0 brings no JSON of its own that reads whole
    /// numbers exactly, and a client that pulled a package of one version into every application
    /// would fight with the version that is there already; so these few lines do it.
    ///
    /// An object becomes a Dictionary, an array a List, a number a long, a BigInteger or (with a
    /// fraction or an exponent) a double.
    /// </summary>
    internal sealed class Json
    {
        private const int Deepest = 100;
        private const int LongestShort = 16; // 15 digits and the point

        private readonly string _text;
        private int _at;
        private int _depth;

        private Json(string text)
        {
            _text = text;
        }

        /// <summary>Return the value that <paramref name="text"/> holds. Raises FormatException.</summary>
        public static object Read(string text)
        {
            var reader = new Json(text);
            object value = reader.Value();
            reader.Space();
            if (reader._at != text.Length) throw reader.Wrong("something after the value");
            return value;
        }

        private object Value()
        {
            Space();
            if (_at == _text.Length) throw Wrong("no value");
            switch (_text[_at])
            {
                case '{':
                    return Nested(Object);
                case '[':
                    return Nested(Array);
                case '"':
                    return String();
                case 't':
                    return Word("true", true);
                case 'f':
                    return Word("false", false);
                case 'n':
                    return Word("null", null);
                default:
                    return Number();
            }
        }

        private object Nested(Func<object> read)
        {
            if (++_depth > Deepest) throw Wrong("too deep a nesting");
            _at++;
            object value = read();
            _depth--;
            return value;
        }

        private object Object()
        {
            var members = new Dictionary<string, object>(StringComparer.Ordinal);
            Space();
            if (Take('}')) return members;
            do
            {
                Space();
                if (_at == _text.Length || _text[_at] != '"') throw Wrong("no name of a member");
                string name = String();
                Space();
                if (!Take(':')) throw Wrong("no colon");
                members[name] = Value();
                Space();
            }
            while (Take(','));
            if (!Take('}')) throw Wrong("no end of the object");
            return members;
        }

        private object Array()
        {
            var items = new List<object>();
            Space();
            if (Take(']')) return items;
            do
            {
                items.Add(Value());
                Space();
            }
            while (Take(','));
            if (!Take(']')) throw Wrong("no end of the list");
            return items;
        }

        private string String()
        {
            int start = ++_at;
            while (_at < _text.Length && _text[_at] != '"' && _text[_at] != '\\' && _text[_at] >= ' ') _at++;
            if (_at < _text.Length && _text[_at] == '"') return _text.Substring(start, _at++ - start);
            var text = new StringBuilder(_text, start, _at - start, Math.Max(16, 2 * (_at - start)));
            while (_at < _text.Length && _text[_at] >= ' ')
            {
                char next = _text[_at++];
                if (next == '"') return text.ToString();
                text.Append(next == '\\' ? Escaped() : next);
            }
            throw Wrong("no end of the text");
        }

        private char Escaped()
        {
            char escape = _at < _text.Length ? _text[_at++] : '\0';
            int known = "\"\\/bfnrt".IndexOf(escape);
            if (known >= 0) return "\"\\/\b\f\n\r\t"[known];
            ushort unit = 0;
            bool read = escape == 'u' && _at + 4 <= _text.Length && ushort.TryParse(
                _text.Substring(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out unit);
            if (!read) throw Wrong("a wrong escape");
            _at += 4;
            return (char)unit;
        }

        private object Word(string word, object value)
        {
            if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0) throw Wrong("no value");
            _at += word.Length;
            return value;
        }

        private object Number()
        {
            int start = _at;
            Take('-');
            if (!Take('0')) Digits();
            bool whole = true;
            if (Take('.'))
            {
                Digits();
                whole = false;
            }
            if (Take('e') || Take('E'))
            {
                if (!Take('+')) Take('-');
                Digits();
                whole = false;
            }
            string digits = _text.Substring(start, _at - start);
            if (!whole) return Short(digits) ?? Fraction(digits);
            return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                ? number
                : (object)BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        }

        /// <summary>
        /// Return a fraction of up to 15 digits; null for others. Both numbers are exact, so their quotient
        /// is the nearest double; Mono's own reading is one off in three of ten thousand cases.
        /// </summary>
        private static double? Short(string digits)
        {
            int point = digits.IndexOf('.');
            bool plain = point >= 0 && digits.Length <= LongestShort && digits.IndexOfAny(new[] { 'e', 'E' }) < 0;
            if (!plain) return null;
            long all = long.Parse(digits.Remove(point, 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            double scale = 1;
            for (int i = point + 1; i < digits.Length; i++) scale *= 10;
            return all / scale;
        }

        private double Fraction(string digits)
        {
            // Some runtimes refuse what is out of range, others answer infinity.
            bool read = double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
            if (!read || double.IsInfinity(number)) throw Wrong("too large a number");
            return number;
        }

        private void Digits()
        {
            int start = _at;
            while (_at < _text.Length && _text[_at] >= '0' && _text[_at] <= '9') _at++;
            if (_at == start) throw Wrong("no value");
        }

        private bool Take(char wanted)
        {
            if (_at == _text.Length || _text[_at] != wanted) return false;
            _at++;
            return true;
        }

        private void Space()
        {
            while (_at < _text.Length && " \t\r\n".IndexOf(_text[_at]) >= 0) _at++;
        }

        private FormatException Wrong(string what)
        {
            return new FormatException($"No JSON: {what} at character {_at}.");
        }
    }
}
